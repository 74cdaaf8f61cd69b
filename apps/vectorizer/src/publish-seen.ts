import type { SemanticHistory, TaskFacts } from '@precedent/semantic';
import { publishNews } from './task-event.ts';
import type { Feed } from './task-event.ts';

export interface TellSeenParts extends Feed {
  readonly history: SemanticHistory;
}

/** Of one batch: of a storm of failures the first ones are reported; `seen` answers for every one. */
const REPORTED_MAX = 20;

/** Publishes, for each task that has just failed for good, whether its failure was seen before. Nobody waits for it. */
export const publishSeen =
  (parts: TellSeenParts) =>
  (changed: readonly TaskFacts[]): void => {
    const failed = changed.filter(({ outcome }) => outcome === 'failed' || outcome === 'timed_out');
    for (const facts of failed.slice(0, REPORTED_MAX)) void tell(parts, facts).catch(() => undefined);
  };

const tell = async ({ history, ...feed }: TellSeenParts, facts: TaskFacts): Promise<void> => {
  const { id, namespace } = facts;
  const seen = await history.seen(id, { namespace, now: feed.now() });
  if (seen.isNew && seen.similar.length === 0) return;
  const subject = feed.subjects.seenBefore(facts);
  publishNews(feed, facts, { event: 'seen_before', mark: 'seen', subject, content: { seen } });
};
