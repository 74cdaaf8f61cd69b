import type { EpochMs } from '@precedent/kernel';
import type { IndexedSuccess } from '@precedent/ports';
import { specKeyOf } from '../documents/phrases.ts';
import type { TaskFacts } from '../facts.ts';

export interface SuccessLimits {
  /** The latest successes of one spec that have documents of their own. */
  readonly max: number;
  /** Between two of them, once there are that many: of successes that come faster the latest stands for the others. Milliseconds. */
  readonly gapMs: number;
}

const LIMITS: SuccessLimits = { max: 100, gapMs: 200 };

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
 * Lets only the latest successes of a spec have documents: a newer one stands for the one that it displaces, with its count. That is the
 * oldest, or the one before it where they come faster than the gap. The last success before a failure stays, because failures are compared
 * with it. `read` returns the indexed successes of a spec, oldest first.
 */
export const foldSuccesses = (
  changed: readonly TaskFacts[],
  read: (spec: string) => readonly IndexedSuccess[],
  limits: SuccessLimits = LIMITS,
): SuccessesStep => {
  const specs = new Map<string, IndexedSuccess[]>();
  const gone = new Map<string, string[]>();
  const left: IndexedSuccess[] = [];
  const specOf = (facts: TaskFacts): IndexedSuccess[] => {
    const key = specKeyOf(facts);
    const latest = specs.get(key) ?? [...read(key)];
    specs.set(key, latest);
    return latest;
  };
  for (const facts of changed) {
    if (facts.outcome === undefined) continue;
    const latest = specOf(facts);
    const displaced = isPlainSuccess(facts) ? pushed(latest, facts, limits) : pinned(latest);
    if (displaced?.isPinned) left.push(displaced);
    if (displaced === undefined || displaced.isPinned) continue;
    const inNamespace = gone.get(facts.namespace) ?? [];
    gone.set(facts.namespace, inNamespace);
    inNamespace.push(displaced.task);
  }
  const isGone = new Set([...gone.values()].flat());
  const standing = [...left, ...[...specs.values()].flat()].filter(({ count }) => count > 1);
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

/** Adds a success. Returns the one that it displaces, and stands for unless that is pinned. */
const pushed = (
  latest: IndexedSuccess[],
  facts: TaskFacts,
  { max, gapMs }: SuccessLimits,
): IndexedSuccess | undefined => {
  const at: EpochMs = facts.settledAt ?? facts.submittedAt;
  const displaced =
    latest.length < max ? undefined : isTooSoon(latest, at, gapMs) ? latest.pop() : latest.shift();
  const isReplaced = displaced !== undefined && !displaced.isPinned;
  const counted = isReplaced
    ? { count: displaced.count + 1, since: displaced.since }
    : { count: 1, since: at };
  latest.push({ task: facts.id, at, ...counted, isPinned: false });
  return displaced;
};

/** Whether the newest success is replaced: the one before it, which stays, is less than the gap ago. Clocks may have been set back. */
const isTooSoon = (latest: readonly IndexedSuccess[], at: EpochMs, gapMs: number): boolean => {
  const [before, newest] = latest.slice(-2);
  if (before === undefined || newest === undefined || newest.isPinned) return false;
  return at >= before.at && at - before.at < gapMs;
};

/** The latest success before a failure keeps its documents, however many come after it. */
const pinned = (latest: IndexedSuccess[]): undefined => {
  const last = latest.pop();
  if (last) latest.push({ ...last, isPinned: true });
};
