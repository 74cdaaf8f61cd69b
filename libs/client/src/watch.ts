import type { Msg } from '@nats-io/nats-core';
import { subjectToken } from '@precedent/contracts';
import type { CloudEventAttributes, TaskEvent } from '@precedent/contracts';
import type { TaskEventName } from '@precedent/contract-types';
import { isRecord } from './answers.ts';
import type { Api } from './api.ts';
import { refuseOutside } from './bounds.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { onReconnect } from './link.ts';

/** What is left out matches everything. */
export interface WatchFilter {
  readonly namespace?: string;
  readonly project?: string;
  readonly type?: string;
  /** One event, or any of several. */
  readonly event?: TaskEventName | readonly TaskEventName[];
  readonly id?: string;
  /**
   * Also events of tasks with these security labels; `*`: with any. Where access is required the server allows those for which the caller is
   * cleared, and none are given when left out; where access is open, all are.
   */
  readonly security?: string | readonly string[];
}

export interface WatchOptions {
  /** Events kept for a slow reader, 1 to 1,000,000. 10,000 when left out. */
  readonly buffer?: number;
  /** Also give each event's CloudEvents attributes; reading them costs some microseconds an event. */
  readonly attributes?: boolean;
}

export type WatchedEvent = TaskEvent & { readonly attributes?: CloudEventAttributes };

/** Events are missing here: so many, or 0 when the connection was interrupted and the number is not known. */
export interface Gap {
  readonly gap: number;
}

/** Ends by `close`, by leaving the loop, or with the connection. */
export type Watch = AsyncIterable<WatchedEvent | Gap> & { readonly close: () => void };

export const isGap = (item: WatchedEvent | Gap): item is Gap => 'gap' in item;

const BUFFER = 10_000;
const BUFFER_MAX = 1_000_000;

/** See `Client.watch`. */
export const watchEvents = ({ link, subjects }: Api, filter: WatchFilter, options: WatchOptions): Watch => {
  const { buffer = BUFFER } = options;
  refuseOutside(buffer, { field: 'buffer', max: BUFFER_MAX, unit: 'events' });
  const queue = new BoundedQueue<WatchedEvent, Gap>(
    buffer,
    (gap) => ({ gap }),
    () => {
      forget();
      for (const subscription of subscriptions) if (!subscription.isClosed()) subscription.unsubscribe();
    },
  );
  const take = (error: Error | null, message: Msg): void => {
    if (error) return queue.close();
    const event = read(message, options.attributes === true);
    if (event && isWanted(event, filter)) queue.push(event);
  };
  const subscriptions = watchedSubjects(subjects, filter).map((subject) =>
    link.subscribe(subject, { callback: take }),
  );
  const forget = onReconnect(link, () => queue.mark({ gap: 0 }));
  for (const { closed } of subscriptions) void closed.then(() => queue.close());
  return queue;
};

const watchedSubjects = (subjects: Api['subjects'], filter: WatchFilter): string[] => {
  const { security = [] } = filter;
  const of = subjectFilter(filter);
  const labels = typeof security === 'string' ? [security] : security;
  return [subjects.events(of), ...labels.map((label) => subjects.labelledEvents(label, of))];
};

const subjectFilter = ({ namespace = '*', project = '*', type, event }: WatchFilter): string => {
  const [only, ...others] = eventsOf(event) ?? [];
  const last = only === undefined || others.length > 0 ? '*' : only;
  return `${namespace}.${project}.${type === undefined ? '*' : subjectToken(type)}.${last}`;
};

const eventsOf = (event: WatchFilter['event']): readonly TaskEventName[] | undefined =>
  typeof event === 'string' ? [event] : event;

/** The subject cannot tell `a.b` from `a-b`, names one event or all, and has no id. */
const isWanted = (event: TaskEvent, { type, id, event: wanted }: WatchFilter): boolean =>
  (type === undefined || event.type === type) &&
  (id === undefined || event.id === id) &&
  (eventsOf(wanted)?.includes(event.event) ?? true);

/**
 * A message that is no event is not ours: the callback must not throw, it would end the reading of the connection. Events have the
 * attributes of CloudEvents; the answer to a request of another client, which may name a subject of events for it, does not.
 */
const read = (message: Msg, withAttributes: boolean): WatchedEvent | undefined => {
  try {
    if (!message.headers?.has('ce-id')) return undefined;
    const event = message.json();
    if (!isEvent(event)) return undefined;
    const attributes = withAttributes ? attributesOf(message) : undefined;
    return attributes ? { ...event, attributes } : event;
  } catch {
    return undefined;
  }
};

const isEvent = (value: unknown): value is TaskEvent =>
  isRecord(value) && TEXTS.every((name) => typeof value[name] === 'string') && isRest(value);

const TEXTS = ['id', 'namespace', 'project', 'type', 'band', 'event'] as const;
const OPTIONAL_TEXTS = ['name', 'commandLine', 'sequence', 'worker', 'message', 'reason'] as const;

const isRest = (value: Readonly<Record<string, unknown>>): boolean => {
  const { at, attempt, error } = value;
  if (typeof at !== 'number' || Number.isNaN(new Date(at).getTime()) || typeof attempt !== 'number')
    return false;
  if (error !== undefined && !(isRecord(error) && typeof error['message'] === 'string')) return false;
  return OPTIONAL_TEXTS.every((name) => value[name] === undefined || typeof value[name] === 'string');
};

const attributesOf = ({ headers }: Msg): CloudEventAttributes | undefined => {
  if (!headers?.has('ce-id')) return undefined;
  return {
    specversion: '1.0',
    id: headers.get('ce-id'),
    source: headers.get('ce-source'),
    type: headers.get('ce-type') as CloudEventAttributes['type'],
    subject: headers.get('ce-subject'),
    time: headers.get('ce-time'),
    ...(headers.has('ce-sequence') && { sequence: headers.get('ce-sequence') }),
  };
};
