import { AppError, errorCode, errorOf, fieldOf, messageOf } from '@precedent/kernel';
import type { EpochMs, ErrorCode } from '@precedent/kernel';

/** What begins a session in a browser, once. */
export interface BrowserLink {
  readonly url: string;
  readonly endsAt: EpochMs;
}

/** For the answer of the gateway. Milliseconds. */
const REQUEST_MS = 10_000;

/** Rejects with the refusal of the gateway, and with ENGINE_NOT_RUNNING where it does not answer. */
export const sessionLink = async (gateway: string, key: string): Promise<BrowserLink> => {
  const response = await fetch(`${gateway}/api/v1/session/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    redirect: 'error',
    signal: AbortSignal.timeout(REQUEST_MS),
  }).catch((error: unknown) => {
    throw unanswered(gateway, error);
  });
  const body = (await response.json()) as { link: string; endsAt: EpochMs; code: ErrorCode; detail: string };
  if (!response.ok) throw errorOf({ code: body.code, message: body.detail });
  // What is behind "#" is in no request, in no log of a server, and in no Referer.
  return { url: `${gateway}/login/link#${body.link}`, endsAt: body.endsAt };
};

/** `fetch` says "fetch failed", and the reason in its cause. */
const unanswered = (gateway: string, error: unknown): AppError => {
  const cause = fieldOf(error, 'cause');
  const reason = errorCode(cause) ?? messageOf(cause ?? error);
  return new AppError('ENGINE_NOT_RUNNING', `the gateway at ${gateway} does not answer: ${reason}`);
};
