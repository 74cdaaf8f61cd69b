import { failuresRequestSchema, predictRequestSchema } from '@precedent/contracts';
import { verb } from '@precedent/nats';
import type { SemanticHistory } from '@precedent/semantic';
import { hypotheticalSubject } from './hypothetical-task.ts';

export interface PrecedentParts {
  readonly history: SemanticHistory;
  readonly now: () => number;
}

/** What a failure is looked back for when nothing is said. Milliseconds. */
const SINCE_MS = 7 * 86_400_000;

/** What the past says about a task that is there, or is thought of; and what it says of failures as a whole. */
export const precedentVerbs = (ready: () => PrecedentParts) => ({
  predict: verb(predictRequestSchema, async ({ id, namespace, ...thought }) => {
    const { history, now } = ready();
    const question = { namespace, now: now() };
    return id === undefined
      ? history.predict(hypotheticalSubject(namespace, thought), question)
      : history.predictFor(id, question);
  }),
  recommend: verb(predictRequestSchema, async ({ id, namespace, ...thought }) => {
    const { history, now } = ready();
    const question = { namespace, now: now() };
    return id === undefined
      ? history.recommend(hypotheticalSubject(namespace, thought), question)
      : history.recommendFor(id, question);
  }),
  failures: verb(failuresRequestSchema, async ({ namespace, project, since, limit }) => {
    const { history, now } = ready();
    const at = now();
    const from = since ?? at - SINCE_MS;
    const { clusters, ...answer } = await history.failures({ namespace, project, since: from, now: at });
    return { since: from, ...answer, found: clusters.length, clusters: clusters.slice(0, limit) };
  }),
});
