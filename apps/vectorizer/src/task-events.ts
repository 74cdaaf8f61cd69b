import { headers } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { PredictionsMessage, Subjects } from '@precedent/contracts';
import { warningsOf } from '@precedent/semantic';
import type { Forecast, SemanticHistory, TaskFacts } from '@precedent/semantic';

export interface EventPublisher {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly cell: string;
  readonly now: () => number;
}

/** A batch of failures may be large: only this many get an event, and the verb `seen` answers for every task. */
const SEEN_EVENTS_MAX = 20;
/** The most warnings of one round, and the most tasks that are remembered as warned. */
const WARNINGS_MAX = 20;
const WARNED_MAX = 10_000;

/** Publishes, for each task that has just failed for good, whether its failure was seen before. Returns at once. */
export const publishSeen =
  ({ history, ...publisher }: EventPublisher & { readonly history: SemanticHistory }) =>
  (changed: readonly TaskFacts[]): void => {
    const failed = changed.filter(({ outcome }) => outcome === 'failed' || outcome === 'timed_out');
    const publish = async (facts: TaskFacts): Promise<void> => {
      const { id, namespace, security } = facts;
      // Everyone who sees the task sees the event.
      const known = history.within({ clearances: security === undefined ? [] : [security] });
      const seen = await known.seen(id, { namespace, now: publisher.now() });
      if (seen.same === undefined && seen.similar.length === 0) return;
      const subject = publisher.subjects.seenBefore(facts);
      publishEvent(publisher, facts, { event: 'seen_before', idSuffix: 'seen', subject, content: { seen } });
    };
    for (const facts of failed.slice(0, SEEN_EVENTS_MAX)) void publish(facts).catch(() => undefined);
  };

/** Publishes predicted durations to the engine, and a warning event once per task that is likely to fail or to time out. Returns at once. */
export const publishForecasts = (publisher: EventPublisher): ((forecasts: readonly Forecast[]) => void) => {
  const warned = new Set<string>();
  const warnOnce = (facts: TaskFacts, content: object): void => {
    const subject = publisher.subjects.warned(facts);
    publishEvent(publisher, facts, { event: 'warned', idSuffix: 'warned', subject, content });
    const [oldest] = warned.add(facts.id);
    if (warned.size > WARNED_MAX && oldest !== undefined) warned.delete(oldest);
  };
  return (forecasts) => {
    publishDurations(publisher, forecasts);
    const warnings = forecasts.flatMap(taskWarningsOf).filter(({ facts }) => !warned.has(facts.id));
    for (const { facts, ...content } of warnings.slice(0, WARNINGS_MAX)) warnOnce(facts, content);
  };
};

const taskWarningsOf = ({ tasks, prediction }: Forecast) =>
  tasks.flatMap((facts) => {
    const warnings = warningsOf(prediction, facts.limits?.attemptTimeoutMs);
    return warnings.length > 0 ? [{ facts, warnings }] : [];
  });

const publishDurations = ({ nc, subjects, cell }: EventPublisher, forecasts: readonly Forecast[]): void => {
  const predictions = forecasts.flatMap(({ tasks, prediction: { duration } }) => {
    if (duration === undefined) return [];
    const { p10, p50, p90, support } = duration;
    return [{ ids: tasks.map(({ id }) => id), duration: { p10, p50, p90, support } }];
  });
  const message: PredictionsMessage = { predictions };
  if (predictions.length > 0 && !nc.isClosed())
    nc.publish(subjects.predictions(cell), JSON.stringify(message));
};

/** An event of the vectorizer on the live feed. */
interface VectorizerEvent {
  readonly event: 'seen_before' | 'warned';
  /** Distinguishes the event from the task's others: the event's id is the task's id with this suffix. */
  readonly idSuffix: string;
  readonly subject: string;
  readonly content: object;
}

/** Publishes a CloudEvent about a task; on a closed connection it does nothing. */
const publishEvent = (
  { nc, subjects, cell, now }: EventPublisher,
  facts: TaskFacts,
  { event, idSuffix, subject, content }: VectorizerEvent,
): void => {
  const { id, namespace, project, type, band } = facts;
  const at = now();
  const attributes = headers();
  attributes.set('ce-specversion', '1.0');
  attributes.set('ce-id', `${id}-${idSuffix}`);
  attributes.set('ce-source', `/${subjects.root}/${cell}`);
  attributes.set('ce-type', `precedent.task.${event}.v1`);
  attributes.set('ce-subject', id);
  attributes.set('ce-time', new Date(at).toISOString());
  attributes.set('content-type', 'application/json');
  const attempt = facts.attempts.length;
  const body = { id, namespace, project, type, band, event, at, attempt, ...content };
  if (!nc.isClosed()) nc.publish(subject, JSON.stringify(body), { headers: attributes });
};
