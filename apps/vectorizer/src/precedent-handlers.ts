import type { PredictRequest, SearchOperations } from '@precedent/contracts';
import type { HandlersOf } from '@precedent/nats';
import { inputFacts, oneProjectWithin, querySubjectOf, requireAllProjects } from '@precedent/semantic';
import type { SemanticHistory, Subject } from '@precedent/semantic';
import { clearedParts } from './cleared-parts.ts';

export interface PrecedentParts {
  readonly history: SemanticHistory;
  readonly now: () => number;
}

/** How far back failures are searched by default. Milliseconds. */
const SINCE_MS = 7 * 86_400_000;

/** Predictions and recommendations for a task of the history or a hypothetical task, and clusters of failures. */
export const precedentHandlers = (
  ready: () => PrecedentParts,
): Pick<HandlersOf<SearchOperations>, 'predict' | 'recommend' | 'failures'> => ({
  predict: async ({ id, namespace, ...task }, { scope }) => {
    requireAllProjects(scope);
    const { history, now } = clearedParts(ready(), scope);
    const context = { namespace, now: now() };
    return id === undefined
      ? history.predict(hypotheticalSubject(namespace, task), context)
      : history.predictFor(id, context);
  },
  recommend: async ({ id, namespace, ...task }, { scope }) => {
    requireAllProjects(scope);
    const { history, now } = clearedParts(ready(), scope);
    const context = { namespace, now: now() };
    return id === undefined
      ? history.recommend(hypotheticalSubject(namespace, task), context)
      : history.recommendFor(id, context);
  },
  failures: async ({ namespace, project: requested, limit, newFirst, ...place }, { scope }) => {
    const { history, now } = clearedParts(ready(), scope);
    const project = oneProjectWithin(scope, requested);
    const { since, until, offset } = failuresPlace(place, now());
    const about = { namespace, project, since, now: until };
    const answer = await history.failures({ ...about, offset, limit, newFirst });
    const next = offset + answer.clusters.length;
    const cursor = next < answer.found && { cursor: [since, until, next].join('.') };
    return { since, ...answer, ...cursor };
  },
});

interface FailuresPlace {
  readonly since: number;
  readonly until: number;
  /** Clusters of earlier pages. */
  readonly offset: number;
}

/** A cursor names the time that the first page was of, so that later failures move no cluster to another page. */
const failuresPlace = (
  { since, cursor }: { readonly since?: number | undefined; readonly cursor?: string | undefined },
  now: number,
): FailuresPlace => {
  if (cursor === undefined) return { since: since ?? now - SINCE_MS, until: now, offset: 0 };
  const [from = 0, until = 0, offset = 0] = cursor.split('.').map(Number);
  return { since: from, until, offset };
};

interface HypotheticalTask extends Omit<PredictRequest, 'id' | 'namespace' | 'timeout'> {
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** A hypothetical task in the form that the index would hold. */
const hypotheticalSubject = (namespace: string, task: HypotheticalTask): Subject => {
  const { project = 'default', type = 'command', timeout = 0, memoryMb, ...input } = task;
  return querySubjectOf({
    id: '',
    namespace,
    project,
    type,
    band: 'normal',
    attempts: [],
    submittedAt: 0,
    // 0 is no limit.
    limits: {
      ...(timeout > 0 && { attemptTimeoutMs: timeout }),
      ...(memoryMb !== undefined && { memoryMb }),
    },
    ...inputFacts(input, ''),
  });
};
