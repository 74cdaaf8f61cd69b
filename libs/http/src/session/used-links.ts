import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';

/** The links that began a session at this gateway, until they end: another gateway of the cell does not know of them. */
export class UsedLinks {
  readonly #now: () => EpochMs;
  readonly #ends = new Map<string, EpochMs>();

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  /** Throws UNAUTHENTICATED for a link that was used. */
  use(link: string, endsAt: EpochMs): void {
    for (const [one, end] of this.#ends) if (end <= this.#now()) this.#ends.delete(one);
    if (this.#ends.has(link))
      throw new AppError(
        'UNAUTHENTICATED',
        'the link was used already: where that was not you, end the key with which it was made',
      );
    this.#ends.set(link, endsAt);
  }
}
