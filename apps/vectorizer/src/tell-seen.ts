import { headers } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Subjects } from '@precedent/contracts';
import type { SemanticHistory, TaskFacts } from '@precedent/semantic';

export interface TellSeenParts {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly cell: string;
  readonly history: SemanticHistory;
  readonly now: () => number;
}

/** Of one batch: a storm of failures is told of by its first ones, and each can be asked about. */
const TOLD_MAX = 20;

/** Publishes, for each task that has just failed for good, whether its failure was seen before. Nobody waits for it. */
export const tellSeen =
  (parts: TellSeenParts) =>
  (told: readonly TaskFacts[]): void => {
    const failed = told.filter(({ outcome }) => outcome === 'failed' || outcome === 'timed_out');
    for (const facts of failed.slice(0, TOLD_MAX)) void tell(parts, facts).catch(() => undefined);
  };

const tell = async ({ nc, subjects, cell, history, now }: TellSeenParts, facts: TaskFacts): Promise<void> => {
  const { id, namespace, project, type, band } = facts;
  const at = now();
  const seen = await history.seen(id, { namespace, now: at });
  if (seen.isNew && seen.similar.length === 0) return;
  const terms = headers();
  terms.set('ce-specversion', '1.0');
  terms.set('ce-id', `${id}-seen`);
  terms.set('ce-source', `/${subjects.root}/${cell}`);
  terms.set('ce-type', 'precedent.task.seen_before.v1');
  terms.set('ce-subject', id);
  terms.set('ce-time', new Date(at).toISOString());
  terms.set('content-type', 'application/json');
  const attempt = facts.attempts.length;
  const body = { id, namespace, project, type, band, event: 'seen_before', at, attempt, seen };
  if (!nc.isClosed())
    nc.publish(subjects.seenBefore({ namespace, project, type }), JSON.stringify(body), { headers: terms });
};
