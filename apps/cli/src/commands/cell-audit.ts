import { readAuditText } from '@precedent/access';
import type { Config } from '@precedent/config';
import type { AuditEntry } from '@precedent/contract-types';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import { sleep } from '@precedent/kernel';
import { connectNats, natsAuditStore, openAuditNotices } from '@precedent/nats';
import type { AuditStore } from '@precedent/ports';
import type { Cli } from '../cli.ts';
import { clientOptions, hasOnlyCredential, streamOptions } from '../stored-credential.ts';

/** An entry, and the message that holds it. */
export type NumberedEntry = AuditEntry & { readonly seq: number };

export interface EntryFilter {
  readonly namespace?: string;
  readonly principal?: string;
}

export interface CellAudit {
  readonly store: Pick<AuditStore, 'read'> & {
    last(): Promise<{ readonly seq: number } | undefined>;
  };
  /** Resolves when more is stored, or after a second. */
  notified(): Promise<void>;
  close(): Promise<void>;
}

/** From the stream of the server: also while no engine runs. */
const openStream = async ({ cli, config }: AuditContext): Promise<CellAudit> => {
  const nc = await connectNats(await streamOptions(config, cli.io.env, 'audit'));
  const parts = { nc, subjects: subjectsOf(config.root), streams: streamsOf(config.root) };
  const notices = await openAuditNotices(parts);
  return {
    store: natsAuditStore(parts),
    notified: () => notices.notified(),
    close: async () => {
      notices.close();
      await nc.close();
    },
  };
};

const POLL_MS = 1_000;

/** From the engine, for a person who has a key or a login only. */
const openServed = async ({ cli, config }: AuditContext): Promise<CellAudit> => {
  const client = await cli.connect(await clientOptions(config, cli.io.env));
  const { access } = client;
  return {
    store: {
      read: async (after) => (await access.audit(after)).messages,
      last: async () => ({ seq: (await access.audit(Number.MAX_SAFE_INTEGER)).lastSeq }),
    },
    notified: async () => void (await sleep(POLL_MS)),
    close: () => client.close(),
  };
};

interface AuditContext {
  readonly cli: Pick<Cli, 'io' | 'connect'>;
  readonly config: Config;
}

/** Runs `use` with the audit trail of the configured cell, which is closed afterwards. */
export const withCellAudit = async <T>(
  context: AuditContext,
  use: (audit: CellAudit) => Promise<T>,
): Promise<T> => {
  const isServed = await hasOnlyCredential(context.config, context.cli.io.env);
  const audit = await (isServed ? openServed(context) : openStream(context));
  try {
    return await use(audit);
  } finally {
    await audit.close();
  }
};

export interface AuditPage {
  readonly entries: readonly NumberedEntry[];
  /** The position of the last message. */
  readonly last: number;
}

/** The next page of entries behind a position, those that the filter lets through; `undefined` at the end. */
export const pageAfter = async (
  store: CellAudit['store'],
  after: number,
  filter: EntryFilter,
): Promise<AuditPage | undefined> => {
  const messages = await store.read(after);
  const last = messages.at(-1)?.seq;
  if (last === undefined) return undefined;
  const entries = messages.flatMap(({ seq, text }) =>
    (readAuditText(text)?.entries ?? [])
      .filter((entry) => passes(entry, filter))
      .map((entry) => ({ seq, ...entry })),
  );
  return { entries, last };
};

/** What is signed is of no namespace and of no principal. */
const passes = (entry: AuditEntry, { namespace, principal }: EntryFilter): boolean =>
  'head' in entry
    ? namespace === undefined && principal === undefined
    : (namespace ?? entry.namespace) === entry.namespace &&
      (principal ?? entry.principal) === entry.principal;

/** Messages that are looked at first for the latest entries. */
const WINDOW = 1_000;

/** The latest entries, the oldest of them first, and the position of the last message. */
export const latestEntries = async (
  store: CellAudit['store'],
  limit: number,
  filter: EntryFilter,
): Promise<AuditPage> => {
  const end = (await store.last())?.seq ?? 0;
  for (let size = WINDOW; ; size *= 4) {
    const found = await entriesAfter(store, Math.max(0, end - size), filter);
    const isEnough = found.entries.length >= limit || end <= size;
    if (isEnough) return { ...found, entries: limit === 0 ? [] : found.entries.slice(-limit) };
  }
};

const entriesAfter = async (
  store: CellAudit['store'],
  after: number,
  filter: EntryFilter,
): Promise<AuditPage> => {
  const entries: NumberedEntry[] = [];
  let last = after;
  for (let page = await pageAfter(store, last, filter); page; page = await pageAfter(store, last, filter)) {
    entries.push(...page.entries);
    last = page.last;
  }
  return { entries, last };
};
