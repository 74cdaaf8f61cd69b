import { AppError } from '@precedent/kernel';
import type { CallerSession } from '@precedent/ports';

export interface StreamLimits {
  readonly perCredential: number;
  readonly total: number;
}

export const STREAM_LIMITS: StreamLimits = { perCredential: 50, total: 2_000 };

const RETRY_AFTER_MS = 5_000;

/** Counts the streams that are open, over all interfaces that share it. */
export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #byCredential = new Map<string, number>();
  #total = 0;

  constructor(limits: StreamLimits = STREAM_LIMITS) {
    this.#limits = limits;
  }

  /** Counts one more until the returned function is called. Throws RATE_LIMITED. */
  add({ credential = '' }: CallerSession): () => void {
    const own = this.#byCredential.get(credential) ?? 0;
    const { perCredential, total } = this.#limits;
    if (this.#total >= total) throw tooMany(`${total} streams are open at this gateway`);
    // Where access is open there is one key for everybody.
    if (credential !== '' && own >= perCredential)
      throw tooMany(`the credential has ${perCredential} open streams`);
    this.#byCredential.set(credential, own + 1);
    this.#total++;
    return () => this.#remove(credential);
  }

  #remove(credential: string): void {
    this.#total--;
    const left = (this.#byCredential.get(credential) ?? 1) - 1;
    if (left > 0) this.#byCredential.set(credential, left);
    else this.#byCredential.delete(credential);
  }
}

const tooMany = (message: string): AppError =>
  new AppError('RATE_LIMITED', message, { retryAfterMs: RETRY_AFTER_MS });
