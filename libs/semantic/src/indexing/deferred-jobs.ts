export interface DeferredJob {
  /** Tasks whose documents it writes. */
  readonly size: number;
  /** Of the journal entries that it holds. */
  readonly chars: number;
  /** `turn` resolves when the job may go on: to be awaited before each short step. */
  run(turn: () => Promise<void>): Promise<void>;
}

/** Tasks that may wait, and characters of entries: about 90 MB, because what is folded of a character takes nine bytes. */
const SIZE_MAX = 5_000;
const CHARS_MAX = 10 * 1024 * 1024;

/** Runs jobs one after the other, in the order in which they were added, while nothing more urgent is there. Paused at first. */
export class DeferredJobs {
  readonly #waiting: { readonly job: DeferredJob; readonly done: Promise<void> }[] = [];
  #size = 0;
  #chars = 0;
  #last: Promise<void> = Promise.resolve();
  #turn = Promise.withResolvers<void>();
  #isPaused = true;
  readonly #failed = Promise.withResolvers<never>();

  constructor() {
    // Also when nothing waits for it.
    this.failed.catch(() => undefined);
  }

  /** Rejects with the error of a job. No job is run after it. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Jobs that have not ended. */
  get count(): number {
    return this.#waiting.length;
  }

  add(job: DeferredJob): void {
    const done = this.#last.then(async () => {
      await job.run(() => this.#turn.promise);
      this.#waiting.shift();
      this.#size -= job.size;
      this.#chars -= job.chars;
    });
    done.catch((error: unknown) => this.#failed.reject(error));
    this.#last = done;
    this.#waiting.push({ job, done });
    this.#size += job.size;
    this.#chars += job.chars;
  }

  resume(): void {
    this.#isPaused = false;
    this.#turn.resolve();
  }

  /** A step under way is finished. */
  pause(): void {
    // A job may wait for the turn that is there.
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#turn = Promise.withResolvers();
  }

  /** Runs jobs until few enough wait, and pauses. Rejects with the error of a job. */
  async limit(): Promise<void> {
    for (let oldest = this.#waiting[0]; oldest && this.#isFull(); [oldest] = this.#waiting) {
      this.resume();
      await oldest.done;
      this.pause();
    }
  }

  /** Runs all jobs that wait, and pauses. Rejects with the error of a job. */
  async finish(): Promise<void> {
    this.resume();
    await this.#last;
    this.pause();
  }

  #isFull(): boolean {
    return this.#size > SIZE_MAX || this.#chars > CHARS_MAX;
  }
}
