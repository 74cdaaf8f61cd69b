import type { LogChunk } from '@precedent/contracts';
import type { Attempt } from './attempts/attempt.ts';
import type { LogStream } from './attempts/attempt-log.ts';
import { AttemptLog } from './attempts/attempt-log.ts';

export interface AttemptLogTerms {
  /** Bytes that one attempt may keep. */
  readonly capBytes: number;
  /** Resolves when the text is stored, or will not be. */
  readonly store: (id: string, text: string) => Promise<void>;
}

/** The logs of a session's attempts; each is made with its first line. */
export class AttemptLogs {
  readonly #terms: AttemptLogTerms;

  constructor(terms: AttemptLogTerms) {
    this.#terms = terms;
  }

  write(lease: Attempt, stream: LogStream, text: string): void {
    const { id, epoch, attempt } = lease;
    const { capBytes } = this.#terms;
    const store = (chunk: LogChunk): Promise<void> => this.#terms.store(chunk.id, JSON.stringify(chunk));
    lease.log ??= new AttemptLog({ id, epoch, attempt, capBytes, store, now: Date.now });
    lease.log.write(stream, text);
  }
}
