import type { Msg } from '@nats-io/nats-core';
import type { ErrorCode, Problem } from '@precedent/kernel';
import { problemOf, sleep } from '@precedent/kernel';
import { answerBody, problemFrom } from './answers.ts';
import type { Api } from './api.ts';
import type { Batch } from './batcher.ts';
import type { EncodedTask } from './encode-task.ts';
import { publishTask, requestSubmit } from './ingress.ts';
import { encode } from './json.ts';
import type { NoAnswer } from './link.ts';
import { isNoAnswer } from './link.ts';

/**
 * How a task is submitted. `ask`: by a request, to an engine that answers. `drop`: into the stream, which takes tasks while no engine runs.
 * `auto`: by a request, and into the stream when no engine answers.
 */
export type DoorChoice = 'auto' | 'ask' | 'drop';

/** Where an accepted task is. */
export interface Accepted {
  readonly id: string;
  /** Of the journal entry after a request (`ask`), of the message in the stream otherwise (`drop`). */
  readonly seq: number;
  /** The same task had been accepted before; nothing new was made. */
  readonly duplicate?: true;
  readonly door: 'ask' | 'drop';
}

/** Why a task was not accepted. `id` is the one under which it may be sent again without danger. */
export interface Refused {
  readonly id: string;
  readonly error: Problem;
}

export type SubmitOutcome = Accepted | Refused;

export interface DeliveryOptions {
  readonly door: DoorChoice;
  /** Milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** Wait and send again what was refused because its band is full. */
  readonly isPatient: boolean;
  /** Bytes in one message. */
  readonly maxBytes: number;
  /** One task alone: sent as an object, not as an array. */
  readonly isSingle: boolean;
  readonly settle: (task: EncodedTask, outcome: SubmitOutcome) => void;
}

/** With these no engine takes the task now, but the stream keeps it for the engine that will. */
const STREAMED: readonly ErrorCode[] = ['ENGINE_NOT_RUNNING', 'ENGINE_UNREACHABLE', 'JOURNAL_FENCED'];
/** Share of the time in which requests are tried, when the stream is there to fall back on. */
const REQUEST_SHARE = 0.7;
const FULL_RETRY_MS = 200;
const FULL_RETRY_MS_MIN = 10;
/** Milliseconds that must be left after a wait for room, or it is not worth while. */
const FULL_TRY_MS = 250;

/** Brings every task of the batch to an outcome. Rejects only when the connection is closed. */
export const deliver = async (api: Api, batch: Batch, options: DeliveryOptions): Promise<void> => {
  if (options.door === 'drop') return publishAll(api, batch.tasks, options);
  let open = batch.tasks;
  while (open.length > 0) {
    const data = encode(options.isSingle ? (open[0]?.text ?? '') : arrayOf(open));
    if (data.length > options.maxBytes && open.length > 1)
      return deliverHalves(api, { ...batch, tasks: open }, options);
    const answer = await requestSubmit(api, batch.band, data, requestDeadline(options));
    const { unroutable, full, retryAfterMs } = settled(open, answer, options);
    await publishAll(api, unroutable, options);
    if (full.length > 0) await sleep(retryAfterMs);
    open = full;
  }
};

const arrayOf = (tasks: readonly EncodedTask[]): string => {
  let text = '[';
  for (const task of tasks) text += text.length === 1 ? task.text : `,${task.text}`;
  return `${text}]`;
};

/** Texts beyond ASCII take more bytes than characters: the batcher's guess was too low. */
const deliverHalves = async (api: Api, { band, tasks }: Batch, options: DeliveryOptions): Promise<void> => {
  const middle = Math.ceil(tasks.length / 2);
  await deliver(api, { band, tasks: tasks.slice(0, middle) }, options);
  await deliver(api, { band, tasks: tasks.slice(middle) }, options);
};

const requestDeadline = ({ door, deadline }: DeliveryOptions): number => {
  if (door === 'ask') return deadline;
  const now = performance.now();
  return now + Math.max(0, deadline - now) * REQUEST_SHARE;
};

/** The tasks that have no outcome after a request. */
interface Unsettled {
  /** Refused because the band is full; to be sent again after `retryAfterMs`. */
  readonly full: EncodedTask[];
  retryAfterMs: number;
  /** No engine takes them now: for the stream. */
  readonly unroutable: EncodedTask[];
}

interface Reply {
  readonly id: string;
  readonly seq: number;
  readonly duplicate?: true;
  readonly error?: unknown;
}

/** Gives each task the outcome that the answer has for it, and returns the others. */
const settled = (
  tasks: readonly EncodedTask[],
  answer: Msg | NoAnswer,
  options: DeliveryOptions,
): Unsettled => {
  const unsettled: Unsettled = { full: [], retryAfterMs: 0, unroutable: [] };
  const replies = repliesIn(answer);
  for (let i = 0; i < tasks.length; i++) {
    const task = tasks[i];
    const reply = Array.isArray(replies) ? replies[i] : replies;
    if (task === undefined) continue;
    if (reply !== undefined && reply.error === undefined) options.settle(task, acceptedAs(reply));
    else sortRefused(task, problemFrom(reply?.error ?? MISSING), unsettled, options);
  }
  return unsettled;
};

const MISSING: Problem = {
  code: 'INTERNAL',
  message: 'the engine answered for fewer tasks than it was sent',
};

const acceptedAs = ({ id, seq, duplicate }: Reply): Accepted =>
  duplicate === true ? { id, seq, duplicate, door: 'ask' } : { id, seq, door: 'ask' };

/** One for each task; an error instead of the array, and no answer, are an error of each. */
const repliesIn = (answer: Msg | NoAnswer): Reply | Reply[] => {
  if (isNoAnswer(answer))
    return { id: '', seq: 0, error: { code: 'ENGINE_UNREACHABLE', message: NO_ANSWER[answer] } };
  try {
    return answerBody(answer) as Reply | Reply[];
  } catch (error) {
    return { id: '', seq: 0, error: problemOf(error) };
  }
};

const NO_ANSWER: Readonly<Record<NoAnswer, string>> = {
  timeout: 'no engine answered in time',
  no_responders: 'no engine listens at the request ingress',
};

const sortRefused = (
  task: EncodedTask,
  problem: Problem,
  unsettled: Unsettled,
  { door, deadline, isPatient, settle }: DeliveryOptions,
): void => {
  const retryAfterMs = Math.max(FULL_RETRY_MS_MIN, problem.retryAfterMs ?? FULL_RETRY_MS);
  const mayWait = isPatient && performance.now() + retryAfterMs + FULL_TRY_MS < deadline;
  if (problem.code === 'QUEUE_FULL' && mayWait) {
    unsettled.full.push(task);
    unsettled.retryAfterMs = Math.max(unsettled.retryAfterMs, retryAfterMs);
  } else if (door === 'auto' && STREAMED.includes(problem.code)) unsettled.unroutable.push(task);
  else settle(task, { id: task.id, error: problem });
};

const publishAll = async (
  api: Api,
  tasks: readonly EncodedTask[],
  { deadline, settle }: DeliveryOptions,
): Promise<void> => {
  const publish = async (task: EncodedTask): Promise<void> => {
    try {
      const published = await publishTask(api, task, deadline);
      settle(task, { id: task.id, ...published, door: 'drop' });
    } catch (error) {
      settle(task, { id: task.id, error: problemOf(error) });
    }
  };
  await Promise.all(tasks.map(publish));
};
