import path from 'node:path';
import { ChainCheck } from '@precedent/access';
import type { ChainVerdict } from '@precedent/access';
import { catalogue, defined } from '@precedent/kernel';
import { sha256Hex } from '@precedent/ports';
import { isSignedHead, knownHeadsOf } from '@precedent/processes';
import type { Command } from 'commander';
import { auditLine, auditVerdictText } from '../audit-text.ts';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, gathered, wholeNumber, withCommonFlags } from '../cli.ts';
import { jsonLine, jsonText } from '../output.ts';
import { latestEntries, pageAfter, withCellAudit } from './cell-audit.ts';
import type { CellAudit, EntryFilter, NumberedEntry } from './cell-audit.ts';

interface FilterFlags extends CommonFlags {
  readonly namespace?: string;
  readonly principal?: string;
}

interface TailFlags extends FilterFlags {
  readonly follow?: boolean;
  readonly limit: number;
}

interface VerifyFlags extends CommonFlags {
  readonly key?: readonly string[];
  readonly data?: string;
}

export const addAudit = (program: Command, cli: Cli): void => {
  const group = program.command('audit').description('what callers changed and were refused');
  addTail(group, cli);
  addExport(group, cli);
  addCheck(group, cli);
};

const LIMIT_MAX = 100_000;

const withEntryFlags = (command: Command): Command =>
  command
    .option('--namespace <namespace>', 'of this namespace')
    .option('--principal <name>', 'of this principal');

const filterOf = ({ namespace, principal }: FilterFlags): EntryFilter => defined({ namespace, principal });

const addTail = (group: Command, cli: Cli): void => {
  const command = group
    .command('tail')
    .description('print the latest entries; submissions are in the history, with submittedBy')
    .option('-f, --follow', 'go on with what is recorded from now on, until Ctrl-C')
    .option('-n, --limit <count>', 'entries', wholeNumber('--limit', [0, LIMIT_MAX]), 20);
  withCommonFlags(withEntryFlags(command)).action((flags: TailFlags) =>
    withCellAudit(contextOf(cli, flags), async (audit) => {
      const show = entryWriter(cli, flags.json === true);
      const { entries, last } = await latestEntries(audit.store, flags.limit, filterOf(flags));
      show(entries);
      if (flags.follow) await follow(audit, { cli, after: last, filter: filterOf(flags), show });
    }),
  );
};

const contextOf = (cli: Cli, flags: CommonFlags) => ({ cli, config: configOf(cli, flags) });

type ShowEntries = (entries: readonly NumberedEntry[]) => void;

const entryWriter =
  ({ io }: Cli, json: boolean): ShowEntries =>
  (entries) => {
    for (const entry of entries) io.out(json ? jsonLine(entry) : auditLine(entry));
  };

interface Following {
  readonly cli: Cli;
  readonly after: number;
  readonly filter: EntryFilter;
  readonly show: ShowEntries;
}

const follow = async (audit: CellAudit, { cli, after, filter, show }: Following): Promise<void> => {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const unlisten = cli.io.onStopSignals({ stop, force: stop });
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  let last = after;
  while (!stopping.signal.aborted) {
    const page = await pageAfter(audit.store, last, filter);
    if (page) show(page.entries);
    else await Promise.race([audit.notified(), stopped]);
    last = page?.last ?? last;
  }
  unlisten();
};

const addExport = (group: Command, cli: Cli): void => {
  const command = group
    .command('export')
    .description('print all entries from the first one on, as JSON, one line each');
  withCommonFlags(withEntryFlags(command)).action((flags: FilterFlags) =>
    withCellAudit(contextOf(cli, flags), async ({ store }) => {
      const end = (await store.last())?.seq ?? 0;
      for (let last = 0; last < end;) {
        const page = await pageAfter(store, last, filterOf(flags));
        if (page === undefined) return;
        for (const entry of page.entries) cli.io.out(jsonLine(entry));
        last = page.last;
      }
    }),
  );
};

const addCheck = (group: Command, cli: Cli): void => {
  const command = group
    .command('verify')
    .description(
      'check the chain of all messages with its signatures, and name the first message that was changed',
    )
    .option(
      '--key <key>',
      'accept signatures of this public key; may be repeated (that of the data folder)',
      gathered,
    )
    .option('--data <dir>', 'data folder of the engine, with its key and the heads that it signed');
  withCommonFlags(command).action(async (flags: VerifyFlags) => {
    const config = configOf(cli, flags, dataDirOf(cli, flags.data));
    const verdict = await verifyAudit({ cli, config }, flags.key);
    cli.io.out(flags.json ? jsonText(verdict) : auditVerdictText(verdict));
    if (verdict.broken) cli.exit = catalogue.INTEGRITY_FAILED.exit;
  });
};

/** The setting that a flag for the data folder stands for. */
export const dataDirOf = ({ io }: Cli, dir: string | undefined) => ({
  'storage.dataDir': dir && path.resolve(io.cwd, dir),
});

/** Checks the trail with the key and the heads of the data folder. Rejects AUDIT_UNAVAILABLE. */
export const verifyAudit = (
  context: ReturnType<typeof contextOf>,
  keys?: readonly string[],
): Promise<ChainVerdict> => {
  const { publicKey, heads: known } = knownHeadsOf(context.config.storage.dataDir);
  const publicKeys = keys ?? (publicKey === undefined ? undefined : [publicKey]);
  return withCellAudit(context, ({ store }) =>
    verdictOn(store, new ChainCheck({ sha256: sha256Hex, isSigned: isSignedHead, publicKeys, known })),
  );
};

const verdictOn = async (store: CellAudit['store'], check: ChainCheck): Promise<ChainVerdict> => {
  // Before the messages are read: those that are written meanwhile are not missing.
  const end = (await store.last())?.seq ?? 0;
  let last = 0;
  for (;;) {
    const messages = await store.read(last);
    for (const message of messages) check.add(message);
    if (messages.length === 0) return check.verdict(end);
    last = messages.at(-1)?.seq ?? last;
  }
};
