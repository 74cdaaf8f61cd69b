import type { Problem } from '@precedent/kernel';
import { backoffMs, problemOf, sleep } from '@precedent/kernel';
import { wakeBy } from '@precedent/ports';
import type { Clock } from '@precedent/ports';
import type { CollectionSet, ReembedJob } from './collection-set.ts';

/** How a task stands that embeds again. */
export type TaskStanding =
  | { readonly state: 'open' | 'completed' }
  | { readonly state: 'failed'; readonly problem: Problem };

/** Where such tasks run. */
export interface ReembedTasks {
  /** Submits one, or finds the one that was submitted with this key, and tells how it stands. */
  ask(key: string, job: Pick<ReembedJob, 'from' | 'to' | 'model'>): Promise<TaskStanding>;
}

export interface ReembeddingOptions {
  readonly collections: CollectionSet;
  readonly tasks: ReembedTasks;
  readonly clock: Clock;
  /** Told when another collection, or a whole one, serves. */
  readonly onSettled?: (job: ReembedJob) => void;
}

/** Between two looks at the task. Milliseconds. */
const LOOK_MS = 500;
/** Before another task is tried after one that did not do it; doubled each time. Milliseconds. */
const AGAIN_MIN_MS = 1_000;
const AGAIN_MAX_MS = 600_000;
/** How long questions that began before a move may take. Milliseconds. */
const GRACE_MS = 5_000;

/**
 * Sees that what is to be embedded again is, by a task of our own, and that the new collection serves when it holds everything. What
 * it knows is in the index and in the engine: killed anywhere, the next one goes on.
 */
export class Reembedding {
  readonly #o: ReembeddingOptions;
  readonly #stop = new AbortController();
  #job: ReembedJob | undefined;
  #trouble: Problem | undefined;

  constructor(options: ReembeddingOptions) {
    this.#o = options;
  }

  /** As of the last look. */
  get status(): { readonly building?: ReembedJob; readonly trouble?: Problem } {
    return {
      ...(this.#job && { building: this.#job }),
      ...(this.#trouble && { trouble: this.#trouble }),
    };
  }

  /** Resolves when nothing is left to embed again, or `stop` was called. */
  async run(): Promise<void> {
    for (let round = 1; !this.#stop.signal.aborted;) {
      const outcome = await this.#look(round).catch((error: unknown) => this.#failed(problemOf(error)));
      if (outcome === 'settled') return await this.#tidy();
      if (outcome === 'again') round++;
      await this.#pause(outcome === 'open' ? LOOK_MS : backoffMs(round, AGAIN_MIN_MS, AGAIN_MAX_MS));
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async #look(round: number): Promise<'settled' | 'open' | 'again' | 'failed'> {
    const { collections, tasks, onSettled } = this.#o;
    const job = await collections.job();
    this.#job = job;
    if (job === undefined) return 'settled';
    // The round is part of the key: a task that did not do it is not asked again.
    const standing = await tasks.ask(`reembed ${job.from} ${job.to} ${round}`, job);
    if (standing.state === 'open') return this.#goesOn();
    if (standing.state === 'failed') {
      this.#failed(standing.problem);
      return 'again';
    }
    const settled = await collections.settle();
    if (settled === 'over') await collections.restartPending();
    if (settled !== 'settled') return 'again';
    [this.#job, this.#trouble] = [undefined, undefined];
    onSettled?.(job);
    return 'settled';
  }

  #goesOn(): 'open' {
    this.#trouble = undefined;
    return 'open';
  }

  #failed(problem: Problem): 'failed' {
    this.#trouble = problem;
    return 'failed';
  }

  async #tidy(): Promise<void> {
    await this.#pause(GRACE_MS);
    // What is left is found, and dropped, by the next start.
    await this.#o.collections.closePrevious().catch(() => undefined);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, this.#stop.signal, wakeBy(this.#o.clock));
  }
}
