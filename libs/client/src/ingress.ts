import type { Msg } from '@nats-io/nats-core';
import { headers } from '@nats-io/nats-core';
import { AppError, backoffMs, sleep } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { isRecord } from './answers.ts';
import type { Api } from './api.ts';
import type { EncodedTask } from './encode-task.ts';
import type { Link, NoAnswer } from './link.ts';
import { isConnected, isNoAnswer, request } from './link.ts';

/** How long one try may take: a lost message costs this much, a slow engine gets its message again after it. */
const TRY_MS_MAX = 2_000;
/** A publish that follows a long request still gets a fair try. */
const PUBLISH_MS_MIN = 500;
const TRIES = 3;
const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 1_000;
/** JetStream's error numbers. A store that failed carries the reason in its description: a limit of the stream, or the disk. */
const STORE_FAILED = 10077;
const TOO_LARGE = 10054;
const LIMIT_REACHED = /maximum (messages|bytes)/;
const FULL_RETRY_MS = 1_000;

/**
 * Sends the same bytes to the request ingress until the engine answers, or until the deadline (milliseconds of `performance.now()`). Safe
 * to repeat: the engine knows a task that it has by its id. Ends at once when no engine listens.
 */
export const requestSubmit = async (
  { link, subjects }: Api,
  band: Band,
  data: Uint8Array | string,
  deadline: number,
): Promise<Msg | NoAnswer> => {
  const tryMs = Math.min(TRY_MS_MAX, (deadline - performance.now()) / TRIES);
  for (let repeat = 0; ; repeat++) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return 'timeout';
    const answer = await request(link, subjects.submit(band), data, { timeoutMs: Math.min(tryMs, leftMs) });
    if (answer !== 'timeout') return answer;
    await sleep(Math.min(backoffMs(repeat, BACKOFF_MS, BACKOFF_MS_MAX), deadline - performance.now()));
  }
};

export interface Published {
  /** Sequence in the stream of the stream ingress. */
  readonly seq: number;
  readonly duplicate?: true;
}

/**
 * Publishes one task to the stream ingress, which accepts it while no engine runs. The id is the key by which JetStream recognises a
 * repeat. Throws QUEUE_FULL, JOURNAL_UNAVAILABLE, PAYLOAD_TOO_LARGE, ENGINE_UNREACHABLE when no stream takes it, or NATS_UNREACHABLE.
 */
export const publishTask = async (
  { link, subjects, messagePrefix = '' }: Api,
  task: EncodedTask,
  deadline: number,
): Promise<Published> => {
  const deduplicated = headers();
  deduplicated.set('Nats-Msg-Id', messagePrefix + task.id);
  const subject = subjects.drop(task.band);
  for (let repeat = 0; ; repeat++) {
    const timeoutMs = Math.min(TRY_MS_MAX, Math.max(PUBLISH_MS_MIN, deadline - performance.now()));
    const answer = await request(link, subject, task.text, { timeoutMs, headers: deduplicated });
    if (!isNoAnswer(answer)) return publishedIn(answer);
    if (answer === 'no_responders')
      throw new AppError('ENGINE_UNREACHABLE', `no engine answers, and no stream takes ${subject}`);
    if (performance.now() >= deadline) throw unanswered(link);
    await sleep(backoffMs(repeat, BACKOFF_MS, BACKOFF_MS_MAX));
  }
};

const publishedIn = (answer: Msg): Published => {
  const ack: unknown = answer.json();
  if (!isRecord(ack))
    throw new AppError('INTERNAL', 'the stream ingress gave an answer that is no acknowledgement');
  if (isRecord(ack['error'])) throw refusal(ack['error']);
  return { seq: Number(ack['seq']), ...(ack['duplicate'] === true && { duplicate: true as const }) };
};

const refusal = ({ err_code: code, description }: Record<string, unknown>): AppError => {
  const text = `the stream ingress refused the task: ${String(description)} (${String(code)})`;
  if (code === TOO_LARGE) return new AppError('PAYLOAD_TOO_LARGE', text);
  if (code === STORE_FAILED && LIMIT_REACHED.test(String(description)))
    return new AppError('QUEUE_FULL', text, { retryAfterMs: FULL_RETRY_MS });
  return new AppError('JOURNAL_UNAVAILABLE', text);
};

const unanswered = (link: Link): AppError =>
  isConnected(link)
    ? new AppError('ENGINE_UNREACHABLE', 'neither an engine nor the stream ingress answered in time')
    : new AppError('NATS_UNREACHABLE', `the connection to ${link.getServer()} is down`);
