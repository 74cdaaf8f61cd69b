import { AppError } from '@precedent/kernel';
import { TextQueues } from './text-queues.ts';
import type { TextPriority } from './text-queues.ts';

/** One text of one call. */
export interface TextJob {
  readonly text: string;
  readonly done: (vector: Float32Array) => void;
  readonly failed: (error: AppError) => void;
}

/** Calls that wait for their vectors. A call has one job per text, and fails as a whole. */
export class TextJobs {
  readonly #queues = new TextQueues<TextJob>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#queues.size;
  }

  /** Rejects with EMBEDDER_UNAVAILABLE, with the count and the limit, when the queue has no room for all texts of the call. */
  add(texts: readonly string[], priority: TextPriority): Promise<Float32Array[]> {
    if (this.size + texts.length > this.#max) return Promise.reject(full(texts.length, this.size, this.#max));
    const vectors: Float32Array[] = [];
    const open = new Set<TextJob>();
    return new Promise((resolve, reject) => {
      const failed = (error: AppError): void => {
        for (const job of open) this.#queues.delete(job);
        reject(error);
      };
      for (const [i, text] of texts.entries()) {
        const done = (vector: Float32Array): void => {
          vectors[i] = vector;
          open.delete(job);
          if (open.size === 0) resolve(vectors);
        };
        const job: TextJob = { text, done, failed };
        open.add(job);
        this.#queues.add(priority, job);
      }
      if (texts.length === 0) resolve(vectors);
    });
  }

  take(): TextJob | undefined {
    return this.#queues.take();
  }

  /** Rejects all calls that wait. */
  failAll(error: AppError): void {
    for (let job = this.take(); job !== undefined; job = this.take()) job.failed(error);
  }
}

const full = (count: number, held: number, max: number): AppError => {
  const fact = `the embedder has no room for ${count} more texts: ${held} of ${max} wait`;
  return new AppError('EMBEDDER_UNAVAILABLE', fact, { details: { limit: max } });
};
