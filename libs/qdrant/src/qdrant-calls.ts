import { QdrantClient } from '@qdrant/js-client-rest';
import { sleep, timerMs } from '@precedent/kernel';
import { isPassing, qdrantError } from './qdrant-errors.ts';

export interface QdrantAddress {
  /** `http://127.0.0.1:6333`; without a port 6333, also for https. A path becomes the prefix of all requests. */
  readonly url: string;
  readonly apiKey?: string;
}

export interface CallLimits {
  /** Milliseconds for an answer to a question; 5,000 by default. */
  readonly askMs?: number;
  /** Milliseconds for a change to be stored and found; 30,000 by default. */
  readonly changeMs?: number;
}

/** Milliseconds before the second and the third try. */
const BACKOFF_MS = [50, 250] as const;

type Call<T> = (client: QdrantClient) => Promise<T>;

/** Calls of one server, with limits of time, and errors as ours. */
export interface QdrantCalls {
  /** Tried again, up to three times, when nothing was reached: a question changes nothing. */
  ask<T>(doing: string, call: Call<T>): Promise<T>;
  /** Tried again like a question: doing it twice is doing it once, whatever others do in between. */
  repeatable<T>(doing: string, call: Call<T>): Promise<T>;
  /** Tried once: it may have happened although nobody said so. */
  once<T>(doing: string, call: Call<T>): Promise<T>;
}

export const qdrantCalls = (address: QdrantAddress, limits: CallLimits = {}): QdrantCalls => {
  const { askMs = 5_000, changeMs = 30_000 } = limits;
  const [asking, changing] = [clientOf(address, askMs), clientOf(address, changeMs)];
  const reported = (doing: string, limitMs: number) => (error: unknown) => {
    throw qdrantError(error, doing, limitMs);
  };
  return {
    ask: (doing, call) => tryAgain(() => call(asking)).catch(reported(doing, askMs)),
    repeatable: (doing, call) => tryAgain(() => call(changing)).catch(reported(doing, changeMs)),
    once: (doing, call) => call(changing).catch(reported(doing, changeMs)),
  };
};

const clientOf = ({ url, apiKey }: QdrantAddress, timeout: number): QdrantClient => {
  const { origin, pathname } = new URL(url);
  return new QdrantClient({
    url: origin,
    timeout: timerMs(timeout),
    ...(pathname !== '/' && { prefix: pathname.replace(/\/$/, '') }),
    headers: {
      // Qdrant sends what it compresses in pieces, and the second one waits 40 ms for the acknowledgement of the first.
      'accept-encoding': 'identity',
      // As a header: the client's own option writes a warning to the console, and so does its check of the version.
      ...(apiKey !== undefined && { 'api-key': apiKey }),
    },
    checkCompatibility: false,
  });
};

const tryAgain = async <T>(call: () => Promise<T>): Promise<T> => {
  for (const waitMs of BACKOFF_MS) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await sleep(waitMs);
    }
  }
  return call();
};
