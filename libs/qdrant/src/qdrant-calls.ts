import { QdrantClient } from '@qdrant/js-client-rest';
import { sleep, timerMs } from '@precedent/kernel';
import { isTransient, qdrantError } from './qdrant-errors.ts';
import { trustAuthority } from './trust.ts';

export interface QdrantAddress {
  /** `http://127.0.0.1:6333`; without a port 6333, also for https. A path becomes the prefix of all requests. */
  readonly url: string;
  readonly apiKey?: string;
  /** PEM, of authorities that sign the certificate of the server, in addition to those that the system knows. */
  readonly ca?: string;
}

export interface CallLimits {
  /** Milliseconds for the answer to a read; 5,000 by default. */
  readonly readMs?: number;
  /** Milliseconds until a write is stored and found; 30,000 by default. */
  readonly writeMs?: number;
}

/** Milliseconds before the second and the third attempt. */
const BACKOFF_MS = [50, 250] as const;

type Call<T> = (client: QdrantClient) => Promise<T>;

/** Calls of one server, with time limits. They reject with an AppError only; `doing` begins its message. */
export interface QdrantCalls {
  /** Up to three attempts while no server is reached or the server is overloaded. */
  read<T>(doing: string, call: Call<T>): Promise<T>;
  /** Retried like a read: a second run changes nothing, whatever other clients do in between. */
  writeIdempotent<T>(doing: string, call: Call<T>): Promise<T>;
  /** One attempt: the write may have happened although no answer came. */
  writeOnce<T>(doing: string, call: Call<T>): Promise<T>;
}

export const qdrantCalls = (address: QdrantAddress, limits: CallLimits = {}): QdrantCalls => {
  const { readMs = 5_000, writeMs = 30_000 } = limits;
  trustAuthority(address.ca);
  const [readClient, writeClient] = [clientOf(address, readMs), clientOf(address, writeMs)];
  const reported = (doing: string, limitMs: number) => (error: unknown) => {
    throw qdrantError(error, doing, limitMs);
  };
  return {
    read: (doing, call) => withRetries(() => call(readClient)).catch(reported(doing, readMs)),
    writeIdempotent: (doing, call) => withRetries(() => call(writeClient)).catch(reported(doing, writeMs)),
    writeOnce: (doing, call) => call(writeClient).catch(reported(doing, writeMs)),
  };
};

const clientOf = ({ url, apiKey }: QdrantAddress, timeout: number): QdrantClient => {
  const { origin, pathname } = new URL(url);
  return new QdrantClient({
    url: origin,
    timeout: timerMs(timeout),
    ...(pathname !== '/' && { prefix: pathname.replace(/\/$/, '') }),
    headers: {
      // Qdrant sends a compressed answer in pieces, and the second piece waits 40 ms for the acknowledgement of the first.
      'accept-encoding': 'identity',
      // As a header: the client's own option writes a warning to the console, as does its version check.
      ...(apiKey !== undefined && { 'api-key': apiKey }),
    },
    checkCompatibility: false,
  });
};

const withRetries = async <T>(call: () => Promise<T>): Promise<T> => {
  for (const waitMs of BACKOFF_MS) {
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await sleep(waitMs);
    }
  }
  return call();
};
