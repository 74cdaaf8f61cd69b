import { backoffMs, mayRetry, problemOf } from '@precedent/kernel';
import { Pauses } from '../pauses.ts';
import type { ChannelReply, SessionChannel } from './session-channel.ts';

/** An answer, or a refusal that the same request would get again. */
export type FinalReply = Exclude<ChannelReply, { readonly kind: 'no_answer' }>;

const ANSWER_MS = 2_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 2_000;

/**
 * Repeats requests until the engine answers, over its restarts. Holds all of them back while a new engine is greeted: it must know the
 * session before it hears what the session did.
 */
export class RetryingRequester {
  readonly #channel: Pick<SessionChannel, 'request'>;
  readonly #pauses = new Pauses();
  #held: Promise<void> | undefined;
  #release: (() => void) | undefined;
  #isClosed = false;

  constructor(channel: Pick<SessionChannel, 'request'>) {
    this.#channel = channel;
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
    this.#isClosed = true;
    this.release();
  }

  /** Resolves to `undefined` when this was closed, or the request no longer matters (`isMoot`), before an answer came. Never rejects. */
  async request(data: Uint8Array, isMoot: () => boolean = never): Promise<FinalReply | undefined> {
    for (let repeat = 0; ; repeat++) {
      await this.#held;
      if (this.#isClosed || isMoot()) return undefined;
      const reply = await this.#channel.request(data, ANSWER_MS);
      if (reply.kind === 'answer') return reply;
      if (reply.kind === 'refused' && !mayRetry(problemOf(reply.error).code)) return reply;
      const isTimeout = reply.kind === 'no_answer' && reply.noAnswer === 'timeout';
      if (!isTimeout) await this.#pauses.sleep(backoffMs(repeat, BACKOFF_MS, BACKOFF_MS_MAX));
    }
  }
}

const never = (): boolean => false;
