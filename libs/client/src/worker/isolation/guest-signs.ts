import { startTimer } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import type { GuestNote } from './protocol.ts';

type Sign = Extract<GuestNote, { name: 'progress' | 'heartbeat' }>;

/** Milliseconds: the host sends ten a second at most. */
const EVERY_MS = 10;

/** Sends signs of life, so many that a handler which calls for them in a tight loop does not flood its host. The last one is always sent. */
export class GuestSigns {
  readonly #post: (note: Sign) => void;
  #sentAt = Number.NEGATIVE_INFINITY;
  #unsent: Sign | undefined;
  #timer: Timer | undefined;

  constructor(post: (note: Sign) => void) {
    this.#post = post;
  }

  /** Progress is a sign of life as well: a heartbeat does not replace it. */
  send(sign: Sign): void {
    if (sign.name === 'progress' || this.#unsent === undefined) this.#unsent = sign;
    if (performance.now() - this.#sentAt >= EVERY_MS) this.flush();
    else this.#timer ??= startTimer(EVERY_MS, () => this.flush());
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const sign = this.#unsent;
    if (sign === undefined) return;
    this.#unsent = undefined;
    this.#sentAt = performance.now();
    this.#post(sign);
  }
}
