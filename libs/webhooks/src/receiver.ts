import {
  AppError,
  cutText,
  errorCode,
  isAppError,
  messageOf,
  timeoutSignal,
  unlessAborted,
  visible,
} from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { allowedAddresses, sendRequest } from '@precedent/outbound';
import type { HostRules, HttpResponse, Resolve } from '@precedent/outbound';
import { CONTENT_TYPE } from './message.ts';
import type { WebhookMessage } from './message.ts';
import { signatureHeaders } from './signature.ts';

/** How receivers are called. */
export interface ReceiverOptions {
  readonly rules: HostRules;
  readonly resolve: Resolve;
  /** For the whole answer. Milliseconds. */
  readonly timeoutMs: number;
  readonly version: string;
  readonly now: () => EpochMs;
}

export interface Receiver {
  readonly url: string;
  /** Each of them signs. */
  readonly secrets: readonly string[];
}

/** What a receiver answered. */
export interface Answer {
  readonly status: number;
  readonly durationMs: number;
  /** The beginning of the body, as text that can be shown. Written by the receiver. */
  readonly body?: string;
  /** Milliseconds that it requests to wait. */
  readonly retryAfterMs?: number;
}

const BODY_BYTES = 4_096;
const BODY_CHARS = 500;

/**
 * Sends a message to the address that the rules allowed, without following redirects. Resolves to any answer. Rejects with HTTP_REFUSED where
 * the rules deny the address, with HTTP_FAILED where no whole answer came in time, and with the reason of the signal.
 */
export const callReceiver = async (
  receiver: Receiver,
  message: WebhookMessage,
  { rules, resolve, timeoutMs, version, now }: ReceiverOptions,
  signal: AbortSignal,
): Promise<Answer> => {
  const startedAt = performance.now();
  const url = new URL(receiver.url);
  const time = timeoutSignal(timeoutMs);
  const ended = AbortSignal.any([signal, time]);
  try {
    const addresses = await unlessAborted(allowedAddresses(url, rules, resolve), ended);
    const headers = headersOf(receiver, message, { version, at: now() });
    const request = { method: 'POST', url, headers, body: Buffer.from(message.body) };
    const response = await sendRequest(request, {
      addresses,
      signal: ended,
      maxBytes: BODY_BYTES,
      alive: () => undefined,
    });
    return answerOf(response, { durationMs: Math.round(performance.now() - startedAt), now: now() });
  } catch (error) {
    signal.throwIfAborted();
    throw isAppError(error) ? error : networkFailure(url, error, time.aborted ? timeoutMs : undefined);
  }
};

const headersOf = (
  { secrets }: Receiver,
  { id, body }: WebhookMessage,
  { version, at }: { readonly version: string; readonly at: EpochMs },
): Record<string, string> => ({
  'content-type': CONTENT_TYPE,
  'user-agent': `precedent-webhooks/${version}`,
  accept: '*/*',
  ...signatureHeaders({ id, at, body, secrets }),
});

const answerOf = (
  { status, headers, body }: HttpResponse,
  { durationMs, now }: { readonly durationMs: number; readonly now: EpochMs },
): Answer => {
  const text = cutText(visible(body.bytes.toString()), BODY_CHARS);
  const retryAfterMs = waitIn(headers['retry-after'], now);
  return {
    status,
    durationMs,
    ...(text !== '' && { body: text }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
};

/** Seconds, or a date of HTTP. */
const waitIn = (header: string | undefined, now: EpochMs): number | undefined => {
  if (header === undefined) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(waitMs) && waitMs > 0 ? waitMs : undefined;
};

/** Without path and query of the URL: they may hold a secret. */
const networkFailure = (url: URL, error: unknown, lateMs: number | undefined): AppError => {
  const reason =
    lateMs === undefined
      ? [errorCode(error), messageOf(error)].filter((part) => part !== undefined && part !== '').join(': ')
      : `no whole answer within ${lateMs} ms`;
  return new AppError('HTTP_FAILED', `${url.origin} could not be called: ${reason}`, { cause: error });
};
