import { headers } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { TaskFacts } from '@precedent/semantic';

export interface Feed {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly cell: string;
  readonly now: () => number;
}

/** What the vectorizer says of a task on the live feed. */
export interface TaskNews {
  readonly event: 'seen_before' | 'warned';
  /** Unique for the task. */
  readonly mark: string;
  readonly subject: string;
  readonly content: object;
}

/** Publishes a CloudEvent about a task; on a connection that is closed, nothing. */
export const publishNews = ({ nc, subjects, cell, now }: Feed, facts: TaskFacts, news: TaskNews): void => {
  const { id, namespace, project, type, band } = facts;
  const { event, mark, subject, content } = news;
  const at = now();
  const terms = headers();
  terms.set('ce-specversion', '1.0');
  terms.set('ce-id', `${id}-${mark}`);
  terms.set('ce-source', `/${subjects.root}/${cell}`);
  terms.set('ce-type', `precedent.task.${event}.v1`);
  terms.set('ce-subject', id);
  terms.set('ce-time', new Date(at).toISOString());
  terms.set('content-type', 'application/json');
  const attempt = facts.attempts.length;
  const body = { id, namespace, project, type, band, event, at, attempt, ...content };
  if (!nc.isClosed()) nc.publish(subject, JSON.stringify(body), { headers: terms });
};
