import type { Clock } from '@precedent/ports';
import type { SeededRandom } from '@precedent/testkit';
import type { Rates } from './plan.ts';

const LATE_MS_MAX = 2_000;

/** Carries messages in both directions: some get lost, some come twice, some come late and overtake each other. */
export class Network {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #rates: () => Rates;

  constructor(clock: Clock, random: SeededRandom, rates: () => Rates) {
    this.#clock = clock;
    this.#random = random;
    this.#rates = rates;
  }

  send(deliver: () => void): void {
    const { lost, doubled } = this.#rates();
    if (this.#random.chance(lost)) return;
    this.#carry(deliver);
    if (this.#random.chance(doubled)) this.#carry(deliver);
  }

  #carry(deliver: () => void): void {
    const late = this.#random.chance(this.#rates().late / 2) ? this.#random.int(0, LATE_MS_MAX) : 0;
    this.#clock.wakeAt(this.#clock.now() + this.#random.int(0, 3) + late, deliver);
  }
}
