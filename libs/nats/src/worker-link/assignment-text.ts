import type { AssignedLease } from '@precedent/ports';
import type { TaskClass } from '@precedent/tasks';

const known = new WeakMap<TaskClass, string>();

/** An `Assignment` as JSON: the body is JSON already, and the members of the class are built once for all its tasks. */
export const assignmentText = ({
  id,
  epoch,
  attempt,
  class: taskClass,
  body,
  digest,
  traceparent,
  resume,
  ahead,
}: AssignedLease): string =>
  `{"id":"${id}","epoch":${epoch},"attempt":${attempt},${membersOf(taskClass)},"task":${body}${digest === undefined ? '' : `,"digest":"${digest}"`}${traceparent === undefined ? '' : `,"traceparent":"${traceparent}"`}${resume ? `,"resume":${JSON.stringify(resume)}` : ''}${ahead ? `,"ahead":[${ahead[0]},${ahead[1]}]` : ''}}`;

const membersOf = (taskClass: TaskClass): string => {
  const text = known.get(taskClass);
  if (text !== undefined) return text;
  const members = textOfClass(taskClass);
  known.set(taskClass, members);
  return members;
};

const textOfClass = ({ namespace, project, type, band, labels, security, timeouts }: TaskClass): string =>
  JSON.stringify({
    namespace,
    project,
    type,
    band,
    attemptMs: timeouts.attempt,
    graceMs: timeouts.grace,
    heartbeatMs: timeouts.heartbeat,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(security !== undefined && { security }),
  }).slice(1, -1);

const HEAD = '{"tasks":[';
const TAIL = ']}';
/** Bytes for the protocol and its headers, in addition to the payload. */
const MARGIN_BYTES = 512;

/** Assign messages for these leases: one, or more when the largest payload of the server requires it. */
export const assignMessages = (leases: readonly AssignedLease[], maxPayload: number): string[] => {
  const texts = leases.map(assignmentText);
  const whole = HEAD + texts.join(',') + TAIL;
  const limit = maxPayload - MARGIN_BYTES;
  // A character takes three bytes at most; only a message that may be too large is measured.
  if (whole.length * 3 <= limit || texts.length < 2 || Buffer.byteLength(whole) <= limit) return [whole];
  return packed(texts, limit).map((part) => HEAD + part.join(',') + TAIL);
};

const packed = (texts: readonly string[], limit: number): string[][] => {
  const parts: string[][] = [];
  let room = 0;
  for (const text of texts) {
    const bytes = Buffer.byteLength(text) + 1;
    const last = parts.at(-1);
    if (last !== undefined && bytes <= room) last.push(text);
    else {
      parts.push([text]);
      room = limit - HEAD.length - TAIL.length;
    }
    room -= bytes;
  }
  return parts;
};
