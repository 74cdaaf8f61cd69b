import type { Msg } from '@nats-io/nats-core';
import { headers } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import { AppError, backoffMs, sleep } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { isRecord } from './answers.ts';
import type { Draft } from './draft.ts';
import type { Link, Silence } from './link.ts';
import { isConnected, isSilence, request } from './link.ts';

/** How long one try may take: a lost message costs this much, a slow engine gets its message again after it. */
const TRY_MS_MAX = 2_000;
const TRIES = 3;
const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 1_000;
/** JetStream's error numbers. A store that failed carries the reason in its description: a limit of the stream, or the disk. */
const STORE_FAILED = 10077;
const TOO_LARGE = 10054;
const LIMIT_REACHED = /maximum (messages|bytes)/;
const FULL_RETRY_MS = 1_000;

export interface Doors {
  readonly link: Link;
  readonly subjects: Subjects;
}

/** A moment of `performance.now()`. */
export type Moment = number;

/**
 * Sends the same bytes to the ask door until somebody answers or `until` has come. Safe to repeat: the engine knows a task
 * that it has by its id. Ends at once when nobody listens.
 */
export const ask = async (
  { link, subjects }: Doors,
  band: Band,
  data: Uint8Array | string,
  until: Moment,
): Promise<Msg | Silence> => {
  const tryMs = Math.min(TRY_MS_MAX, (until - performance.now()) / TRIES);
  for (let attempt = 0; ; attempt++) {
    const left = until - performance.now();
    if (left <= 0) return 'timeout';
    const answer = await request(link, subjects.submit(band), data, { timeoutMs: Math.min(tryMs, left) });
    if (answer !== 'timeout') return answer;
    const pause = Math.min(backoffMs(attempt, BACKOFF_MS, BACKOFF_MS_MAX), until - performance.now());
    await sleep(Math.max(0, pause));
  }
};

export interface Dropped {
  /** Sequence in the stream of the drop door. */
  readonly seq: number;
  readonly duplicate?: true;
}

/**
 * Leaves one task at the drop door, a JetStream publish that is accepted while no engine runs. The id is the message's
 * dedupe key, so a repeat is no second task. Throws QUEUE_FULL, JOURNAL_UNAVAILABLE, ENGINE_UNREACHABLE when no stream takes
 * it, or NATS_UNREACHABLE.
 */
export const drop = async ({ link, subjects }: Doors, draft: Draft, until: Moment): Promise<Dropped> => {
  const terms = headers();
  terms.set('Nats-Msg-Id', draft.id);
  const subject = subjects.drop(draft.band);
  for (let attempt = 0; ; attempt++) {
    const timeoutMs = Math.min(TRY_MS_MAX, Math.max(MIN_DROP_MS, until - performance.now()));
    const answer = await request(link, subject, draft.text, { timeoutMs, headers: terms });
    if (!isSilence(answer)) return droppedOf(answer);
    if (answer === 'no_responders') {
      throw new AppError('ENGINE_UNREACHABLE', `no engine answers, and no stream takes ${subject}`);
    }
    if (performance.now() >= until) throw unanswered(link);
    await sleep(backoffMs(attempt, BACKOFF_MS, BACKOFF_MS_MAX));
  }
};

/** A drop that follows a long ask still gets a fair try. */
const MIN_DROP_MS = 500;

const droppedOf = (answer: Msg): Dropped => {
  const ack: unknown = answer.json();
  if (!isRecord(ack))
    throw new AppError('INTERNAL', 'the drop door gave an answer that is no acknowledgement');
  if (isRecord(ack['error'])) throw refusal(ack['error']);
  return { seq: Number(ack['seq']), ...(ack['duplicate'] === true && { duplicate: true as const }) };
};

const refusal = ({ err_code: code, description }: Record<string, unknown>): AppError => {
  const text = `the drop door refused the task: ${String(description)} (${String(code)})`;
  if (code === TOO_LARGE) return new AppError('PAYLOAD_TOO_LARGE', text);
  if (code === STORE_FAILED && LIMIT_REACHED.test(String(description)))
    return new AppError('QUEUE_FULL', text, { retryAfterMs: FULL_RETRY_MS });
  return new AppError('JOURNAL_UNAVAILABLE', text);
};

const unanswered = (link: Link): AppError =>
  isConnected(link)
    ? new AppError('ENGINE_UNREACHABLE', 'neither an engine nor the drop door answered in time')
    : new AppError('NATS_UNREACHABLE', `the connection to ${link.getServer()} is down`);
