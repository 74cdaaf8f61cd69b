import { catalogue, problemOf } from '@precedent/kernel';
import { Pauses, backoffMs } from '../pauses.ts';
import type { ChannelReply } from './session-channel.ts';

/** An answer, or a refusal that the same question would get again. */
export type Answered = Exclude<ChannelReply, { readonly kind: 'silence' }>;

export type Ask = (data: Uint8Array, timeoutMs: number) => Promise<ChannelReply>;

const ANSWER_MS = 2_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 2_000;

/**
 * Asks the engine until it answers, over restarts of it. Holds everything back while the engine is being greeted: it must
 * know the session before it hears what the session did.
 */
export class RetryingRequester {
  readonly #ask: Ask;
  readonly #pauses = new Pauses();
  #held: Promise<void> | undefined;
  #release: (() => void) | undefined;
  #closed = false;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  hold(): void {
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release?.();
    this.#held = undefined;
    this.#pauses.wake();
  }

  /** Ends every repetition. */
  close(): void {
    this.#closed = true;
    this.release();
  }

  /** Resolves to `undefined` when it was closed, or the question no longer matters (`isMoot`), before an answer came. */
  async ask(data: Uint8Array, isMoot: () => boolean = never): Promise<Answered | undefined> {
    for (let attempt = 0; ; attempt++) {
      await this.#held;
      if (this.#closed || isMoot()) return undefined;
      const asked = await this.#ask(data, ANSWER_MS);
      if (asked.kind === 'answer') return asked;
      if (asked.kind === 'refused' && isFinal(asked.error)) return asked;
      const unanswered = asked.kind === 'silence' && asked.silence === 'timeout';
      if (!unanswered) await this.#pauses.sleep(backoffMs(attempt, BACKOFF_MS, BACKOFF_MS_MAX));
    }
  }
}

const never = (): boolean => false;

const isFinal = (error: unknown): boolean => catalogue[problemOf(error).code].retry === 'never';
