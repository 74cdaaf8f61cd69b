import type { LeaseStore } from '@precedent/ports';
import type { SeededRandom } from '@precedent/testkit';
import type { Rates } from './plan.ts';
import type { SimEngine } from './sim-engine.ts';
import type { SimStore } from './sim-log.ts';
import type { SimWorker } from './sim-worker.ts';

const FAULTS_EVERY_MS = 300;

export interface FaultOptions {
  readonly random: SeededRandom;
  readonly rates: () => Rates;
  readonly isHealed: () => boolean;
  readonly engines: readonly SimEngine[];
  readonly workers: readonly SimWorker[];
  readonly leases: LeaseStore;
  readonly journal: SimStore;
  readonly later: (ms: number, run: () => void) => void;
  /** Called for each fault. */
  readonly injected: () => void;
  /** Called once, after the last fault. */
  readonly healed: () => void;
}

/** Crashes and stalls processes, takes leases away and stops the journal, until the world heals. */
export class Faults {
  readonly #options: FaultOptions;

  constructor(options: FaultOptions) {
    this.#options = options;
  }

  /** At regular intervals until the world heals, a process crashes or stalls, or a store fails. */
  start(): void {
    const { random, rates, isHealed, engines, workers, leases, later, injected } = this.#options;
    const inject = (): void => {
      if (isHealed()) return this.#heal();
      const { engineCrash, engineStall, workerCrash, workerStall, outage, leaseDropped } = rates();
      const down = (): number => random.pick([10, 500, 3_000]);
      const stalled = (): number => random.pick([50, 1_000, 2_500, 4_000]);
      const hit = (rate: number, act: () => void): void => {
        if (!random.chance(rate / 4)) return;
        injected();
        act();
      };
      hit(engineCrash, () => random.pick(engines).crash(down()));
      hit(engineStall, () => random.pick(engines).stall(stalled()));
      hit(workerCrash, () => random.pick(workers).crash(down()));
      hit(workerStall, () => random.pick(workers).stall(stalled()));
      hit(leaseDropped, () => engines.forEach(({ owner }) => void leases.release('main', owner)));
      hit(outage, () => this.#outage(random.int(10, 2_500)));
      later(FAULTS_EVERY_MS, inject);
    };
    inject();
  }

  #outage(ms: number): void {
    const { journal, later } = this.#options;
    journal.isDown = true;
    later(ms, () => {
      journal.isDown = false;
    });
  }

  #heal(): void {
    this.#options.healed();
    this.#options.journal.isDown = false;
  }
}

/** A store of leases that at the rate of the run does not answer. */
export const failingLeases = (leases: LeaseStore, random: SeededRandom, rates: () => Rates): LeaseStore => {
  const maybe = <T>(call: () => Promise<T>): Promise<T> =>
    random.chance(rates().leaseFails / 2)
      ? Promise.reject(new Error('the lease store does not answer'))
      : call();
  return {
    ttlMs: leases.ttlMs,
    acquire: (cell, owner, dead) => maybe(() => leases.acquire(cell, owner, dead)),
    renew: (cell, owner) => maybe(() => leases.renew(cell, owner)),
    release: (cell, owner) => maybe(() => leases.release(cell, owner)),
  };
};
