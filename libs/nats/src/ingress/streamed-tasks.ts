import type { JsMsg } from '@nats-io/jetstream';
import { taskIdSchema } from '@precedent/contracts';
import { cutText, problemOf } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type { Offer } from '@precedent/ports';
import { textOf } from '../connection/bytes.ts';
import { checkTask, parseTasks } from '../validation/check-task.ts';
import type { RawTask } from '../validation/check-task.ts';
import type { DeriveId } from './derived-id.ts';
import { headerOf } from '../connection/listen.ts';

/** A message of the stream ingress, and the offers that it becomes. */
export interface StreamedTasks {
  readonly msg: JsMsg;
  readonly band: Band;
  readonly offers: readonly Offer[];
  /** The offer that records the refusal of the offer at this index. It has its own id, because the id of the task may belong to another one. */
  readonly refusal: (index: number, problem: Problem) => Offer;
}

const EXCERPT_CHARS = 500;

/** Reads a message of the stream ingress. An invalid task becomes an offer of its problem, so that it is recorded and not lost. */
export const readStreamedTasks = (msg: JsMsg, band: Band, derive: DeriveId): StreamedTasks => {
  // A character takes at most four bytes, so no more of the message is read.
  const excerpt = cutText(textOf(msg.data.subarray(0, 4 * EXCERPT_CHARS)), EXCERPT_CHARS);
  const at = Math.floor(msg.info.timestampNanos / 1_000_000);
  const idOf = (index: number, role: 'task' | 'refusal'): string => derive({ seq: msg.seq, at, index, role });
  const envelope = { bytes: msg.data.length, traceparent: headerOf(msg, 'traceparent') };

  const offerOf = (task: RawTask, index: number): Offer => {
    const checked = checkedOrProblem(task, envelope);
    if ('problem' in checked) {
      return { problem: checked.problem, id: givenId(task.value) ?? idOf(index, 'task'), band, excerpt };
    }
    const { task: spec } = checked;
    return spec.id === undefined ? { task: spec, band, id: idOf(index, 'task') } : { task: spec, band };
  };

  const parsed = parseTasks(msg.data);
  const offers: Offer[] =
    'problem' in parsed
      ? [{ problem: parsed.problem, id: idOf(0, 'task'), band, excerpt }]
      : parsed.tasks.map(offerOf);
  const refusal = (index: number, problem: Problem): Offer => {
    const offer = offers[index];
    const first = offer !== undefined && 'problem' in offer ? offer.problem : problem;
    return { problem: first, id: idOf(index, 'refusal'), band, excerpt };
  };
  return { msg, band, offers, refusal };
};

/** An exception of the check becomes a problem of the message. Otherwise the message would be delivered again and again. */
const checkedOrProblem = (...given: Parameters<typeof checkTask>): ReturnType<typeof checkTask> => {
  try {
    return checkTask(...given);
  } catch (error) {
    return { problem: problemOf(error) };
  }
};

/** The id that an invalid task names, if the id is valid: its sender looks for the task under it. */
const givenId = (value: unknown): string | undefined => {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return taskIdSchema.safeParse(id).data;
};
