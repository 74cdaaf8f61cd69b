import type { Recommendation } from '@precedent/contract-types';
import type { RelationCandidate, CoOccurringTasks } from './relations.ts';
import { relationsOf } from './relations.ts';
import { wilson } from './statistics.ts';
import type { Step } from './step.ts';

/**
 * Minimums of a recommendation. `lift` applies to the lower end of the 95 % interval of the share. `own` is the share of its runs that belong
 * to the cases, so that a task that runs every minute is no dependency of everything. `sameDay` is the support when all cases are of one
 * day.
 */
export const RECOMMENDATION_MIN = {
  support: 3,
  sameDay: 5,
  confidence: 0.5,
  lift: 2,
  own: 1 / 3,
} as const;
const LISTED_MAX = 10;
const EVIDENCE_MAX = 20;
const DAY_MS = 86_400_000;

/** Dependencies, artifacts and next steps of the cases, most confident first. `reachMs` is the searched time before and after a case. */
export const recommend = (cases: readonly CoOccurringTasks[], reachMs: number): readonly Recommendation[] => {
  const supported = relationsOf(cases, reachMs).filter(isSupported);
  return supported
    .filter((one) => !supported.some((other) => isTransitiveThrough(one, other)))
    .map(recommended)
    .toSorted((a, b) => b.confidence - a.confidence || b.support - a.support || (a.name < b.name ? -1 : 1))
    .slice(0, LISTED_MAX);
};

const isSupported = ({ pairs, of, chance, own }: RelationCandidate): boolean => {
  const days = new Set(pairs.map(({ holder }) => Math.floor(holder.at / DAY_MS))).size;
  const min = RECOMMENDATION_MIN;
  if (pairs.length < (days > 1 ? min.support : min.sameDay)) return false;
  if (pairs.length / of < min.confidence || own < min.own) return false;
  return chance === undefined || wilson(pairs.length, of).low >= min.lift * chance;
};

/** Whether another candidate lies between this one and the cases: a build precedes a deployment, which waits for the tests between them. */
const isTransitiveThrough = (one: RelationCandidate, other: RelationCandidate): boolean => {
  if (one.relation !== other.relation || (other.gapMs ?? 0) >= (one.gapMs ?? 0)) return false;
  const nearer = new Map(other.pairs.map(({ holder, near }) => [holder.task, near]));
  const both = one.pairs.flatMap(({ holder, near: far }) => {
    const near = nearer.get(holder.task);
    return far && near ? [{ far, near }] : [];
  });
  const chained = both.filter(({ far, near }) =>
    one.relation === 'next' ? endsBefore(near, far) : endsBefore(far, near),
  );
  return chained.length > both.length / 2;
};

const endsBefore = (first: Step, second: Step): boolean =>
  first.endedAt !== undefined && first.endedAt <= second.at;

const recommended = ({
  relation,
  name,
  type,
  task,
  gapMs,
  pairs,
  of,
  chance,
}: RelationCandidate): Recommendation => {
  const confidence = pairs.length / of;
  return {
    relation,
    name,
    ...(type !== undefined && { type }),
    ...(task !== undefined && { task }),
    ...(gapMs !== undefined && { gapMs }),
    support: pairs.length,
    of,
    confidence,
    ...(chance !== undefined && chance > 0 && { lift: confidence / chance }),
    evidence: pairs.slice(0, EVIDENCE_MAX).map(({ holder }) => holder.task),
  };
};
