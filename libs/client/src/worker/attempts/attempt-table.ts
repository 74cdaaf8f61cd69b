import { ChurnMap } from '@precedent/kernel';
import type { Attempt } from './attempt.ts';

/** A lease as it is named on the wire. */
export type LeaseName = [id: string, epoch: number];

/**
 * Every lease that this session holds: those that run, and those whose end the engine has not confirmed. One task can have
 * several, when a new one came before the old code had ended.
 */
export class AttemptTable {
  readonly #latest = new ChurnMap<string, Attempt>();
  readonly #superseded = new Set<Attempt>();

  get size(): number {
    return this.#latest.size + this.#superseded.size;
  }

  /** The newest lease of the task. */
  latest(id: string): Attempt | undefined {
    return this.#latest.get(id);
  }

  find(id: string, epoch: number): Attempt | undefined {
    const latest = this.#latest.get(id);
    if (latest?.epoch === epoch) return latest;
    for (const lease of this.#superseded) if (lease.id === id && lease.epoch === epoch) return lease;
    return undefined;
  }

  /** An older lease of the same task stays held until it ends. */
  add(lease: Attempt): void {
    const older = this.#latest.get(lease.id);
    if (older) this.#superseded.add(older);
    this.#latest.set(lease.id, lease);
  }

  release(lease: Attempt): void {
    if (this.#latest.get(lease.id) === lease) this.#latest.delete(lease.id);
    else this.#superseded.delete(lease);
  }

  *running(): Generator<Attempt, void, undefined> {
    for (const lease of this.#latest.values()) if (lease.running) yield lease;
    for (const lease of this.#superseded) if (lease.running) yield lease;
  }

  /** At most `max` names, those that run first: they are what the engine must not believe lost. */
  names(max: number): LeaseName[] {
    const names: LeaseName[] = [];
    for (const lease of this.running()) names.push([lease.id, lease.epoch]);
    for (const lease of this.#ended()) if (names.length < max) names.push([lease.id, lease.epoch]);
    return names;
  }

  *#ended(): Generator<Attempt, void, undefined> {
    for (const lease of this.#latest.values()) if (!lease.running) yield lease;
    for (const lease of this.#superseded) if (!lease.running) yield lease;
  }
}
