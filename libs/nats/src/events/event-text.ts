import type { TaskEventName } from '@precedent/contract-types';
import type { Subjects } from '@precedent/contracts';
import { sequenceText } from '@precedent/kernel';
import type { FeedEvent } from '@precedent/ports';
import { taskTitleOf } from '@precedent/tasks';
import type { TaskClass } from '@precedent/tasks';

/** The parts that all events of a class share, built once. */
export interface ClassText {
  /** Up to the name of the event. */
  readonly subject: string;
  /** From `namespace` to `type`, as members of a JSON object. */
  readonly members: string;
}

/** The namespace, project and type in events about a message of the stream ingress that could not be read. */
const UNKNOWN = { namespace: '_', project: '_', type: '_' };

export const classTexts = (subjects: Subjects): ((taskClass: TaskClass | undefined) => ClassText) => {
  const unknown = textOfClass(subjects, UNKNOWN);
  const known = new WeakMap<TaskClass, ClassText>();
  return (taskClass) => {
    if (taskClass === undefined) return unknown;
    const text = known.get(taskClass);
    if (text !== undefined) return text;
    const made = textOfClass(subjects, taskClass);
    known.set(taskClass, made);
    return made;
  };
};

type TypeName = Pick<TaskClass, 'namespace' | 'project' | 'type' | 'security'>;

const textOfClass = (subjects: Subjects, { namespace, project, type, security }: TypeName): ClassText => {
  const event: TaskEventName = 'queued';
  const subject = subjects.event({ namespace, project, type, security, event }).slice(0, -event.length);
  const members = JSON.stringify({ namespace, project, type }).slice(1, -1);
  return { subject, members };
};

/** The body: a `TaskEvent` as JSON. Ids, bands and names of events hold no character that JSON escapes. */
export const eventBodyOf = (event: FeedEvent, { members }: ClassText): string =>
  `{"id":"${event.id}",${members},"band":"${event.band}","event":"${event.event}","at":${event.at},"attempt":${event.attempt}${extras(event)}}`;

/** Members that not every event has; most events have at most one. */
const extras = (event: FeedEvent): string => {
  const { body, place } = event;
  let text = body === undefined ? '' : titleText(body);
  if (place !== undefined) text += `,"sequence":"${sequenceText(place.entry, place.index)}"`;
  if (event.worker !== undefined) text += `,"worker":${JSON.stringify(event.worker)}`;
  if (event.result !== undefined) text += `,"result":${JSON.stringify(event.result)}`;
  if (event.error !== undefined) text += `,"error":${JSON.stringify(event.error)}`;
  if (event.event === 'retrying' || event.event === 'failed') text += `,"retries":${event.retries}`;
  if (event.dueAt !== undefined) text += `,"dueAt":${event.dueAt}`;
  if (event.fraction !== undefined) text += `,"fraction":${event.fraction}`;
  if (event.message !== undefined) text += `,"message":${JSON.stringify(event.message)}`;
  if (event.reason !== undefined) text += `,"reason":${JSON.stringify(event.reason)}`;
  return text;
};

/** A larger body is not parsed for its title. Characters. */
const BODY_MAX = 16_384;

const titleText = (body: string): string => {
  if (body.length > BODY_MAX) return '';
  const { name, commandLine } = taskTitleOf(body);
  const nameText = name === undefined ? '' : `,"name":${JSON.stringify(name)}`;
  return commandLine === undefined ? nameText : `${nameText},"commandLine":${JSON.stringify(commandLine)}`;
};
