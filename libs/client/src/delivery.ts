import type { Msg } from '@nats-io/nats-core';
import type { ErrorCode, Problem } from '@precedent/kernel';
import { problemOf, sleep } from '@precedent/kernel';
import { bodyOf, problemFrom } from './answers.ts';
import type { Doors, Moment } from './doors.ts';
import { ask, drop } from './doors.ts';
import type { Draft } from './draft.ts';
import type { Silence } from './link.ts';
import { isSilence } from './link.ts';
import { encode } from './json.ts';
import type { Parcel } from './pack.ts';

/** `ask`: only an engine that answers. `drop`: only the stream. `auto`: ask, and drop when nobody answers. */
export type DoorChoice = 'auto' | 'ask' | 'drop';

/** Where an accepted task is. `seq`: of the journal entry (ask), or in the drop door's stream (drop). */
export interface Accepted {
  readonly id: string;
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

export interface DeliveryTerms {
  readonly door: DoorChoice;
  readonly until: Moment;
  /** Wait and send again what was refused because its band is full. */
  readonly patient: boolean;
  /** Bytes in one message. */
  readonly maxBytes: number;
  /** One task alone: sent as an object, not as an array. */
  readonly single: boolean;
  readonly settle: (draft: Draft, outcome: SubmitOutcome) => void;
}

/** An engine that answers so will not take the task now, but the drop door keeps it for the one that will. */
const DROPPABLE: readonly ErrorCode[] = ['ENGINE_NOT_RUNNING', 'JOURNAL_FENCED'];
/** Share of the time in which the ask door is tried, when the drop door is there to fall back on. */
const ASK_SHARE = 0.7;
const FULL_RETRY_MS = 200;
const FULL_RETRY_MS_MIN = 10;
/** Waiting for room is worth while only when it leaves so much time to ask again. */
const FULL_TRY_MS = 250;

/** Brings every task of the parcel to an outcome; rejects only when the connection is closed. */
export const deliver = async (doors: Doors, parcel: Parcel, terms: DeliveryTerms): Promise<void> => {
  if (terms.door === 'drop') return dropAll(doors, parcel.drafts, terms);
  let open = parcel.drafts;
  while (open.length > 0) {
    const data = encode(terms.single ? (open[0]?.text ?? '') : bundle(open));
    if (data.length > terms.maxBytes && open.length > 1)
      return deliverHalves(doors, { ...parcel, drafts: open }, terms);
    const answer = await ask(doors, parcel.band, data, askUntil(terms));
    const left = sortOut(open, answer, terms);
    await dropAll(doors, left.homeless, terms);
    if (left.refused.length > 0) await sleep(left.retryAfterMs);
    open = left.refused;
  }
};

const bundle = (drafts: readonly Draft[]): string => {
  let text = '[';
  for (const draft of drafts) text += text.length === 1 ? draft.text : `,${draft.text}`;
  return `${text}]`;
};

/** Texts beyond ASCII take more bytes than characters: the packer's guess was too low. */
const deliverHalves = async (doors: Doors, { band, drafts }: Parcel, terms: DeliveryTerms): Promise<void> => {
  const middle = Math.ceil(drafts.length / 2);
  await deliver(doors, { band, drafts: drafts.slice(0, middle) }, terms);
  await deliver(doors, { band, drafts: drafts.slice(middle) }, terms);
};

const askUntil = ({ door, until }: DeliveryTerms): Moment => {
  if (door === 'ask') return until;
  const now = performance.now();
  return now + Math.max(0, until - now) * ASK_SHARE;
};

interface Leftover {
  /** Refused because the band is full; to be sent again after `retryAfterMs`. */
  readonly refused: Draft[];
  retryAfterMs: number;
  /** For the drop door. */
  readonly homeless: readonly Draft[];
}

const NOTHING: readonly Draft[] = [];

const sortOut = (drafts: readonly Draft[], answer: Msg | Silence, terms: DeliveryTerms): Leftover => {
  if (isSilence(answer)) return unanswered(drafts, answer, terms);
  const replies = repliesOf(answer);
  const left = { refused: [] as Draft[], retryAfterMs: 0, homeless: [] as Draft[] };
  for (let i = 0; i < drafts.length; i++) {
    const draft = drafts[i];
    const reply = 'whole' in replies ? replies.whole : replies.each[i];
    if (draft === undefined) continue;
    if (reply !== undefined && reply.error === undefined) terms.settle(draft, acceptedOf(reply));
    else sortRefused(draft, problemFrom(reply?.error ?? MISSING), { left, terms });
  }
  return left;
};

interface Reply {
  readonly id: string;
  readonly seq: number;
  readonly duplicate?: true;
  readonly error?: unknown;
}

const MISSING: Problem = {
  code: 'INTERNAL',
  message: 'the engine answered for fewer tasks than it was sent',
};

const acceptedOf = ({ id, seq, duplicate }: Reply): Accepted =>
  duplicate === true ? { id, seq, duplicate, door: 'ask' } : { id, seq, door: 'ask' };

/** An error instead of the array is an error for each task in it. */
type Replies = { readonly each: readonly (Reply | undefined)[] } | { readonly whole: Reply };

const repliesOf = (answer: Msg): Replies => {
  try {
    const body = bodyOf(answer);
    return Array.isArray(body) ? { each: body as Reply[] } : { whole: body as Reply };
  } catch (error) {
    return { whole: { id: '', seq: 0, error: problemOf(error) } };
  }
};

interface Sorting {
  readonly left: { refused: Draft[]; retryAfterMs: number; homeless: Draft[] };
  readonly terms: DeliveryTerms;
}

const sortRefused = (draft: Draft, problem: Problem, { left, terms }: Sorting): void => {
  const retryAfterMs = Math.max(FULL_RETRY_MS_MIN, problem.retryAfterMs ?? FULL_RETRY_MS);
  const mayWait = terms.patient && performance.now() + retryAfterMs + FULL_TRY_MS < terms.until;
  if (problem.code === 'QUEUE_FULL' && mayWait) {
    left.refused.push(draft);
    left.retryAfterMs = Math.max(left.retryAfterMs, retryAfterMs);
  } else if (terms.door === 'auto' && DROPPABLE.includes(problem.code)) left.homeless.push(draft);
  else terms.settle(draft, { id: draft.id, error: problem });
};

const unanswered = (drafts: readonly Draft[], silence: Silence, terms: DeliveryTerms): Leftover => {
  if (terms.door === 'auto') return { refused: [], retryAfterMs: 0, homeless: drafts };
  const fact = silence === 'timeout' ? 'no engine answered in time' : 'no engine listens at the ask door';
  for (const draft of drafts)
    terms.settle(draft, { id: draft.id, error: { code: 'ENGINE_UNREACHABLE', message: fact } });
  return { refused: [], retryAfterMs: 0, homeless: NOTHING };
};

const dropAll = async (doors: Doors, drafts: readonly Draft[], terms: DeliveryTerms): Promise<void> => {
  await Promise.all(drafts.map((draft) => dropOne(doors, draft, terms)));
};

const dropOne = async (doors: Doors, draft: Draft, { until, settle }: DeliveryTerms): Promise<void> => {
  try {
    const dropped = await drop(doors, draft, until);
    settle(draft, { id: draft.id, ...dropped, door: 'drop' });
  } catch (error) {
    settle(draft, { id: draft.id, error: problemOf(error) });
  }
};
