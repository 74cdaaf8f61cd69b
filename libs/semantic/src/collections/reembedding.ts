import type { Problem } from '@precedent/kernel';
import { backoffMs, problemOf, sleep } from '@precedent/kernel';
import { wakeBy } from '@precedent/ports';
import type { Clock } from '@precedent/ports';
import type { CollectionSet, ReembedJob } from './collection-set.ts';

/** The state of a re-embedding task. */
export type ReembedTaskState =
  | { readonly state: 'open' | 'completed' }
  | { readonly state: 'failed'; readonly problem: Problem };

/** Submits re-embedding tasks to an engine. */
export interface ReembedTasks {
  /** Submits a task, or finds the one that was submitted with this key, and returns its state. */
  submit(key: string, job: Pick<ReembedJob, 'from' | 'to' | 'model'>): Promise<ReembedTaskState>;
}

export interface ReembeddingOptions {
  readonly collections: CollectionSet;
  readonly tasks: ReembedTasks;
  readonly clock: Clock;
  /** Called when the active collection holds every point with its vector. */
  readonly onSettled?: (job: ReembedJob) => void;
}

/** Between two checks of the task's state. Milliseconds. */
const POLL_MS = 500;
/** Before another task is submitted after a failed one; doubled each time. Milliseconds. */
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 600_000;
/** The time for queries that began before the switch. Milliseconds. */
const GRACE_MS = 5_000;

/**
 * Has points embedded again by a task, and switches to the pending collection when it holds every point. All state is in the index and
 * in the engine, so another process continues after a kill at any point.
 */
export class Reembedding {
  readonly #o: ReembeddingOptions;
  readonly #stop = new AbortController();
  #job: ReembedJob | undefined;
  #trouble: Problem | undefined;

  constructor(options: ReembeddingOptions) {
    this.#o = options;
  }

  /** As of the last poll. */
  get status(): { readonly building?: ReembedJob; readonly trouble?: Problem } {
    return {
      ...(this.#job && { building: this.#job }),
      ...(this.#trouble && { trouble: this.#trouble }),
    };
  }

  /** Resolves when every point has its vector, or `stop` was called. */
  async run(): Promise<void> {
    for (let round = 1; !this.#stop.signal.aborted;) {
      const outcome = await this.#poll(round).catch((error: unknown) => this.#failed(problemOf(error)));
      if (outcome === 'settled') return await this.#closePrevious();
      if (outcome === 'again') round++;
      await this.#pause(outcome === 'open' ? POLL_MS : backoffMs(round, RETRY_MIN_MS, RETRY_MAX_MS));
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async #poll(round: number): Promise<'settled' | 'open' | 'again' | 'failed'> {
    const { collections, tasks, onSettled } = this.#o;
    const job = await collections.job();
    this.#job = job;
    if (job === undefined) return 'settled';
    // The round is part of the key, so that a failed task is replaced by a new one.
    const task = await tasks.submit(`reembed ${job.from} ${job.to} ${round}`, job);
    if (task.state === 'open') return this.#isOpen();
    if (task.state === 'failed') {
      this.#failed(task.problem);
      return 'again';
    }
    const settled = await collections.settle();
    if (settled === 'over') await collections.restartPending();
    if (settled !== 'settled') return 'again';
    [this.#job, this.#trouble] = [undefined, undefined];
    onSettled?.(job);
    return 'settled';
  }

  #isOpen(): 'open' {
    this.#trouble = undefined;
    return 'open';
  }

  #failed(problem: Problem): 'failed' {
    this.#trouble = problem;
    return 'failed';
  }

  async #closePrevious(): Promise<void> {
    await this.#pause(GRACE_MS);
    // If this fails, the next start drops the previous collection.
    await this.#o.collections.closePrevious().catch(() => undefined);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, this.#stop.signal, wakeBy(this.#o.clock));
  }
}
