import type { EpochMs } from '@precedent/kernel';
import type { IndexedSuccess } from '@precedent/ports';
import { specHash } from '../documents/phrases.ts';
import type { TaskFacts } from '../facts.ts';

/** The latest successes of one spec that have documents of their own. */
export const SUCCESSES_MAX = 100;

/** What becomes of the tasks of a batch. */
export interface SuccessesStep {
  /** The tasks whose documents are written. */
  readonly indexed: readonly TaskFacts[];
  /** Those of them that stand for more than themselves, by task. */
  readonly standing: ReadonlyMap<string, Pick<IndexedSuccess, 'count' | 'since'>>;
  /** Tasks that have no documents any more, by namespace. */
  readonly gone: ReadonlyMap<string, readonly string[]>;
  /** The indexed successes of each spec that changed. */
  readonly latest: readonly (readonly [spec: string, successes: readonly IndexedSuccess[]])[];
}

/**
 * Lets only the latest successes of a spec have documents: a newer one stands for the one that it displaces, with its count. The last
 * success before a failure stays, because failures are compared with it. `read` returns the indexed successes of a spec, oldest first.
 */
export const foldSuccesses = (
  changed: readonly TaskFacts[],
  read: (spec: string) => readonly IndexedSuccess[],
  max: number = SUCCESSES_MAX,
): SuccessesStep => {
  const specs = new Map<string, IndexedSuccess[]>();
  const gone = new Map<string, string[]>();
  const specOf = (facts: TaskFacts): IndexedSuccess[] => {
    const key = JSON.stringify([facts.namespace, facts.project, specHash(facts)]);
    const latest = specs.get(key) ?? [...read(key)];
    specs.set(key, latest);
    return latest;
  };
  for (const facts of changed) {
    if (facts.outcome === undefined) continue;
    const latest = specOf(facts);
    const displaced = isPlainSuccess(facts) ? pushed(latest, facts, max) : pinned(latest);
    if (displaced === undefined) continue;
    const inNamespace = gone.get(facts.namespace) ?? [];
    gone.set(facts.namespace, inNamespace);
    inNamespace.push(displaced);
  }
  const isGone = new Set([...gone.values()].flat());
  const standing = [...specs.values()].flat().filter(({ count }) => count > 1);
  return {
    indexed: changed.filter(({ id }) => !isGone.has(id)),
    standing: new Map(standing.map((success) => [success.task, success])),
    gone,
    latest: [...specs],
  };
};

/** Whether there is nothing to say of a task but that it was completed, and how long it took. */
const isPlainSuccess = ({ outcome, attempts, preemptions = [], decisions = [] }: TaskFacts): boolean =>
  outcome === 'completed' && attempts.length === 1 && preemptions.length === 0 && decisions.length === 0;

/** Adds a success. Returns the task that it displaces and stands for. */
const pushed = (latest: IndexedSuccess[], facts: TaskFacts, max: number): string | undefined => {
  const at: EpochMs = facts.settledAt ?? facts.submittedAt;
  const oldest = latest.length < max ? undefined : latest.shift();
  const isReplaced = oldest !== undefined && !oldest.isPinned;
  const counted = isReplaced ? { count: oldest.count + 1, since: oldest.since } : { count: 1, since: at };
  latest.push({ task: facts.id, at, ...counted, isPinned: false });
  return isReplaced ? oldest.task : undefined;
};

/** The latest success before a failure keeps its documents, however many come after it. */
const pinned = (latest: IndexedSuccess[]): undefined => {
  const last = latest.pop();
  if (last) latest.push({ ...last, isPinned: true });
};
