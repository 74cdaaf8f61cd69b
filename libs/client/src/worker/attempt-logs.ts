import type { LogChunk } from '@precedent/contracts';
import type { Lease } from './lease.ts';
import type { LogStream } from './log-sink.ts';
import { LogSink } from './log-sink.ts';

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

  write(lease: Lease, stream: LogStream, text: string): void {
    const { id, epoch, attempt } = lease;
    const { capBytes } = this.#terms;
    const store = (chunk: LogChunk): Promise<void> => this.#terms.store(chunk.id, JSON.stringify(chunk));
    lease.log ??= new LogSink({ id, epoch, attempt, capBytes, store, now: Date.now });
    lease.log.write(stream, text);
  }
}
