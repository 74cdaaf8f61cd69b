import { NO_MESSAGE, auditText } from '@precedent/access';
import type { AuditEntry, AuditMessage, AuditPosition } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { AuditStore, AuditTrail } from './audit.port.ts';
import { sha256Hex } from './sha256.ts';

/** Entries of one message at most: it stays below every message limit of a server. */
const BATCH_ENTRIES = 100;
/** Entries that wait at most. */
const WAITING_MAX = 10_000;
/** How often a message is made again because other programs were faster. Each time one of them has stored something. */
const CONFLICTS_MAX = 1_000;

/** The trail over a store that several programs share. The entries of one turn of the event loop are one message. */
export const auditTrail = (store: AuditStore): AuditTrail => new ChainedTrail(store);

interface WaitingEntry {
  readonly entry: AuditEntry;
  readonly stored: PromiseWithResolvers<void>;
}

class ChainedTrail implements AuditTrail {
  readonly #store: AuditStore;
  #waiting: WaitingEntry[] = [];
  #isWriting = false;
  /** The last message, as far as this program knows; `undefined`: to be read. */
  #head: AuditPosition | undefined;

  constructor(store: AuditStore) {
    this.#store = store;
  }

  append(entry: AuditEntry): Promise<void> {
    if (this.#waiting.length >= WAITING_MAX) return Promise.reject(unavailable('too many entries wait'));
    const stored = Promise.withResolvers<void>();
    this.#waiting.push({ entry, stored });
    if (!this.#isWriting) setImmediate(() => void this.#writeAll());
    this.#isWriting = true;
    return stored.promise;
  }

  async last(): Promise<AuditPosition | undefined> {
    const last = await this.#store.last();
    return last && positionOf(last);
  }

  read(after: number): Promise<readonly AuditMessage[]> {
    return this.#store.read(after);
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_ENTRIES);
      try {
        await this.#write(batch.map(({ entry }) => entry));
        for (const { stored } of batch) stored.resolve();
      } catch (error) {
        this.#head = undefined;
        for (const { stored } of batch) stored.reject(error);
      }
    }
    this.#isWriting = false;
  }

  async #write(entries: readonly AuditEntry[]): Promise<void> {
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      const { seq, sha256 } = (this.#head ??= (await this.last()) ?? { seq: 0, sha256: NO_MESSAGE });
      const text = auditText({ prev: sha256, entries });
      const outcome = await this.#store.put(text, seq);
      this.#head = outcome === 'stored' ? positionOf({ seq: seq + 1, text }) : undefined;
      if (outcome === 'stored') return;
    }
    throw unavailable('other programs write all the time');
  }
}

const positionOf = ({ seq, text }: AuditMessage): AuditPosition => ({ seq, sha256: sha256Hex(text) });

const unavailable = (why: string): AppError =>
  new AppError('AUDIT_UNAVAILABLE', `writing the audit trail: ${why}`);
