import type { AppendLog, Clock, LeaseStore, LogEntry } from '@precedent/ports';

/**
 * The process of one engine, which can be killed or frozen with every callback and every promise of the engine. Nothing runs
 * in a dead process; in a frozen one all of it runs, in order, once it thaws.
 */
export class Process {
  readonly #delayed: (() => void)[] = [];
  #frozen = false;
  #dead = false;

  get isDead(): boolean {
    return this.#dead;
  }
  get isFrozen(): boolean {
    return this.#frozen;
  }

  run(callback: () => void): void {
    if (this.#dead) return;
    if (this.#frozen) this.#delayed.push(callback);
    else callback();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    for (const callback of this.#delayed.splice(0)) this.run(callback);
  }

  kill(): void {
    this.#dead = true;
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      wakeAt: (at, run) => clock.wakeAt(at, () => this.run(run)),
      defer: (run) => clock.defer(() => this.run(run)),
    };
  }

  log(log: AppendLog): AppendLog {
    return {
      get maxEntryBytes() {
        return log.maxEntryBytes;
      },
      last: () => this.#whileRunning(log.last()),
      read: (after) => this.#read(log.read(after)),
      append: (text, expected) => this.#whileRunning(log.append(text, expected)),
      purge: (upTo) => this.#whileRunning(log.purge(upTo)),
    };
  }

  leases(leases: LeaseStore): LeaseStore {
    return {
      ttlMs: leases.ttlMs,
      acquire: (cell, owner, dead) => this.#whileRunning(leases.acquire(cell, owner, dead)),
      renew: (cell, owner) => this.#whileRunning(leases.renew(cell, owner)),
      release: (cell, owner) => this.#whileRunning(leases.release(cell, owner)),
    };
  }

  /** A promise that settles only while the process runs. */
  #whileRunning<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.run(() => resolve(value)),
        (error: unknown) => this.run(() => reject(error)),
      );
    });
  }

  async *#read(entries: AsyncIterable<LogEntry>): AsyncGenerator<LogEntry> {
    const iterator = entries[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.#whileRunning(iterator.next());
      if (next.done) return;
      yield next.value;
    }
  }
}
