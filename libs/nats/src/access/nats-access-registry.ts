import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import { AccessTable, tokenIdentities } from '@precedent/access';
import type { AccessChange, AccessState, TrustedIssuer } from '@precedent/access';
import type { AccessKey, Grant, Principal, Signer } from '@precedent/contract-types';
import type { Streams, Subjects } from '@precedent/contracts';
import { retryUntilAborted } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import type { AccessRegistry } from '@precedent/ports';
import { whileUp } from '../connection/link-state.ts';
import { isConflict, natsError } from '../connection/nats-errors.ts';
import { openEntryNotifier } from '../journal/entry-notifier.ts';
import type { EntryNotifier } from '../journal/entry-notifier.ts';
import { ensureStream } from '../streams/ensure-stream.ts';
import type { StreamSpec } from '../streams/ensure-stream.ts';
import { accessEntryOf, readEntry } from './access-records.ts';
import type { AccessEntryKind } from './access-records.ts';
import { readBucket } from './read-bucket.ts';
import type { StoredEntry } from './read-bucket.ts';

export interface AccessRegistryOptions {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly streams: Streams;
  readonly replicas?: number;
  /** OpenID providers, whose principals have tokens besides keys. */
  readonly issuers?: readonly TrustedIssuer[];
  /** Called with an entry that cannot be read. What it describes does not count any more. */
  readonly onUnreadable?: (problem: Problem) => void;
}

/** The bucket of keys, grants and signers, made where it is missing. Resolves with all of it in memory. Rejects NATS_UNREACHABLE. */
export const natsAccessRegistry = async (options: AccessRegistryOptions): Promise<AccessRegistry> => {
  const { nc, streams } = options;
  try {
    const jsm = await jetstreamManager(nc);
    await ensureStream(jsm, bucketOf(options));
    const notifier = await openEntryNotifier({ nc, jsm, stream: `KV_${streams.access}` });
    const registry = new NatsAccessRegistry(options, notifier);
    await registry.open();
    return registry;
  } catch (error) {
    throw natsError(error, 'NATS_UNREACHABLE', `opening ${streams.access}`);
  }
};

/** The stream of the bucket, with the configuration that every NATS client gives one, and notices of changes. */
const bucketOf = ({ streams, subjects, replicas = 1 }: AccessRegistryOptions): StreamSpec => ({
  name: `KV_${streams.access}`,
  subjects: [`$KV.${streams.access}.>`],
  retention: 'limits',
  storage: 'file',
  num_replicas: replicas,
  max_msgs_per_subject: 1,
  discard: 'new',
  allow_rollup_hdrs: true,
  allow_direct: true,
  deny_delete: true,
  republish: { src: `$KV.${streams.access}.>`, dest: subjects.accessChanged, headers_only: true },
});

const RETRY_MS = { firstMs: 50, maxMs: 1_000 };

class NatsAccessRegistry implements AccessRegistry {
  readonly #options: AccessRegistryOptions;
  readonly #bucket: string;
  readonly #js: JetStreamClient;
  readonly #notifier: EntryNotifier;
  readonly #table: AccessTable;
  readonly #listeners = new Set<(principal: string) => void>();
  readonly #closing = new AbortController();
  /** The position of the last entry that is in the table. */
  #seq = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(options: AccessRegistryOptions, notifier: EntryNotifier) {
    this.#options = options;
    this.#bucket = options.streams.access;
    this.#js = jetstream(options.nc);
    this.#notifier = notifier;
    this.#table = new AccessTable(tokenIdentities(options.issuers ?? [], sha256));
  }

  async open(): Promise<void> {
    await this.#readOn();
    void this.#follow();
  }

  keyOf(id: string): AccessKey | undefined {
    return this.#table.keyOf(id);
  }
  grantOf(id: string): Grant | undefined {
    return this.#table.grantOf(id);
  }
  signerOf(id: string): Signer | undefined {
    return this.#table.signerOf(id);
  }
  keys(): readonly AccessKey[] {
    return this.#table.keys();
  }
  grants(): readonly Grant[] {
    return this.#table.grants();
  }
  signers(): readonly Signer[] {
    return this.#table.signers();
  }
  principalOf(credential: string, now: EpochMs): Principal | undefined {
    return this.#table.principalOf(credential, now);
  }

  tokenCredentialOf(principal: string): string | undefined {
    return this.#table.tokenCredentialOf(principal);
  }

  async change(decide: (state: AccessState) => AccessChange): Promise<void> {
    for (;;) {
      await this.#readOn();
      const stored = await this.#store(decide(this.#table));
      if (stored === undefined) continue;
      // A replica that lags behind the leader gives the entry a little later.
      while (this.#seq < stored) await this.#readOn();
      return;
    }
  }

  async refresh(): Promise<void> {
    try {
      await this.#readOn();
    } catch (error) {
      throw natsError(error, 'NATS_UNREACHABLE', `reading ${this.#bucket}`);
    }
  }

  onChange(listener: (principal: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#notifier.close();
    this.#listeners.clear();
  }

  /** The position of the stored change; `undefined` when another process was faster. */
  async #store(change: AccessChange): Promise<number | undefined> {
    const { name, value } = accessEntryOf(change);
    const expect = { lastSequence: this.#seq };
    const options = value === undefined ? { expect, headers: removal() } : { expect };
    const subject = `$KV.${this.#bucket}.${name}`;
    try {
      return (await whileUp(this.#options.nc, () => this.#js.publish(subject, value ?? '', options))).seq;
    } catch (error) {
      if (isConflict(error)) return undefined;
      throw natsError(error, 'NATS_UNREACHABLE', `writing ${name} of ${this.#bucket}`);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await retryUntilAborted(() => this.#readOn(), { signal, ...RETRY_MS, isWorthIt: () => true });
      await this.#notifier.notified();
    }
  }

  /** Reads what is stored behind the position. Reads are in turn, so that entries are applied in order. */
  #readOn(): Promise<void> {
    const before = this.#reading;
    this.#reading = before.catch(() => undefined).then(() => this.#readPages());
    return this.#reading;
  }

  async #readPages(): Promise<void> {
    for (;;) {
      const entries = await readBucket(this.#options.nc, this.#bucket, this.#seq + 1);
      for (const entry of entries) this.#apply(entry);
      if (entries.length === 0) return;
    }
  }

  #apply(entry: StoredEntry): void {
    this.#seq = Math.max(this.#seq, entry.seq);
    const read = readEntry(entry);
    if (read === undefined) return;
    const principal = read.kind === 'dropped' ? this.#drop(read) : this.#table.apply(read);
    if (principal !== undefined) for (const listener of this.#listeners) listener(principal);
  }

  #drop({ of, id }: { readonly of: AccessEntryKind; readonly id: string }): string | undefined {
    const message = `the entry ${of}.${id} of ${this.#bucket} cannot be read, and does not count`;
    this.#options.onUnreadable?.({ code: 'INVALID_REQUEST', message });
    if (of === 'signer') return this.#table.dropSigner(id);
    return of === 'key' ? this.#table.dropKey(id) : this.#table.apply({ kind: 'grant.removed', id });
  }
}

const removal = () => {
  const made = headers();
  made.set('KV-Operation', 'DEL');
  return made;
};
