import { ChurnMap } from '@precedent/kernel';

/** A lease as it is named on the wire. */
export type LeaseName = [id: string, epoch: number];

/** What identifies a lease: its task, and its epoch among the leases of that task. */
export interface LeaseKey {
  readonly id: string;
  readonly epoch: number;
}

interface Held extends LeaseKey {
  readonly isRunning: boolean;
}

/**
 * Every attempt whose lease this session holds: those that run, and those whose end the engine has not confirmed. One task can have
 * several, when a new lease came before the code of the old one had ended.
 */
export class AttemptTable<A extends Held> {
  readonly #latest = new ChurnMap<string, A>();
  readonly #superseded = new Set<A>();

  get size(): number {
    return this.#latest.size + this.#superseded.size;
  }

  /** The attempt with the newest lease of the task. */
  latest(id: string): A | undefined {
    return this.#latest.get(id);
  }

  find({ id, epoch }: LeaseKey): A | undefined {
    const latest = this.#latest.get(id);
    if (latest?.epoch === epoch) return latest;
    for (const attempt of this.#superseded) if (attempt.id === id && attempt.epoch === epoch) return attempt;
    return undefined;
  }

  /** An older attempt at the same task stays in the table until it is released. */
  add(attempt: A): void {
    const older = this.#latest.get(attempt.id);
    if (older) this.#superseded.add(older);
    this.#latest.set(attempt.id, attempt);
  }

  release(attempt: A): void {
    if (this.#latest.get(attempt.id) === attempt) this.#latest.delete(attempt.id);
    else this.#superseded.delete(attempt);
  }

  running(): Generator<A, void, undefined> {
    return this.#where(true);
  }

  /** At most `max` names, those that run first: the engine must not believe them lost. */
  names(max: number): LeaseName[] {
    const names: LeaseName[] = [];
    for (const { id, epoch } of this.#where(true)) names.push([id, epoch]);
    for (const { id, epoch } of this.#where(false)) if (names.length < max) names.push([id, epoch]);
    return names;
  }

  *#where(isRunning: boolean): Generator<A, void, undefined> {
    for (const attempt of this.#latest.values()) if (attempt.isRunning === isRunning) yield attempt;
    for (const attempt of this.#superseded) if (attempt.isRunning === isRunning) yield attempt;
  }
}
