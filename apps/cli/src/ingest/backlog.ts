/** Files that wait to become tasks, and those that are in tasks. */
export interface BacklogOptions {
  /** Files of one task. */
  readonly batch: number;
  /** Tasks that are not settled. */
  readonly maxTasks: number;
  /** Resolves when the task with these files is settled; rejects when it failed. */
  readonly send: (files: readonly string[]) => Promise<void>;
}

/** Characters of the paths of one task: its payload has a limit. */
const PATHS_CHARS_MAX = 128 * 1024;

/**
 * Turns files into tasks, a few at a time. A file waits once however often it is added, and is never in two tasks at once. Holds no
 * more than the names of the files.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #waiting = new Set<string>();
  readonly #flying = new Set<string>();
  readonly #idle: (() => void)[] = [];
  #tasks = 0;
  #isClosed = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  add(files: Iterable<string>): void {
    for (const file of files) this.#waiting.add(file);
    this.#pump();
  }

  /** Starts no more tasks; those that run are waited for. */
  close(): void {
    this.#isClosed = true;
    this.#pump();
  }

  /** Resolves when no task runs, and none is to come. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#pump();
    });
  }

  #pump(): void {
    while (!this.#isClosed && this.#tasks < this.#options.maxTasks) {
      const files = this.#take();
      if (files.length === 0) break;
      this.#tasks++;
      void this.#run(files);
    }
    const isIdle = this.#tasks === 0 && (this.#isClosed || this.#waiting.size === 0);
    if (isIdle) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(): string[] {
    const files: string[] = [];
    let chars = 0;
    for (const file of this.#waiting) {
      if (this.#flying.has(file)) continue;
      chars += file.length;
      if (files.length === this.#options.batch || (chars > PATHS_CHARS_MAX && files.length > 0)) break;
      files.push(file);
    }
    for (const file of files) {
      this.#waiting.delete(file);
      this.#flying.add(file);
    }
    return files;
  }

  async #run(files: readonly string[]): Promise<void> {
    // The sender reports the failure.
    await this.#options.send(files).catch(() => undefined);
    for (const file of files) this.#flying.delete(file);
    this.#tasks--;
    this.#pump();
  }
}
