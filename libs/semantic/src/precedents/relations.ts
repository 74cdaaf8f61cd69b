import type { Recommendation } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { Step } from './step.ts';

/** A task like the subject, with the tasks that ended shortly before it was submitted, and those submitted shortly after it ended. */
export interface CoOccurringTasks {
  readonly step: Step;
  readonly before: readonly Step[];
  readonly after: readonly Step[];
}

/** A dependency, artifact or next step that some cases share, and the probability that they share it by chance. */
export interface RelationCandidate {
  readonly relation: Recommendation['relation'];
  readonly name: string;
  /** Of a dependency or next step: its type, its latest task, and the median gap in milliseconds. */
  readonly type?: string;
  readonly task?: string;
  readonly gapMs?: number;
  /** The cases that have it, each with the task near it; and the number of cases. */
  readonly pairs: readonly Pair[];
  readonly of: number;
  /** The share of other times, or other tasks, that have it; absent with too few to compare with. */
  readonly chance?: number;
  /** The share of its runs that belong to these cases. */
  readonly own: number;
}

/** A case and the task near it. Each task is in one pair only. */
export interface Pair {
  readonly holder: Step;
  /** Absent for an artifact. */
  readonly near?: Step;
  readonly gapMs: number;
}

type Side = 'before' | 'after';

/**
 * All relations of the cases. Clients do not declare dependencies and next steps, so both are derived from the order of tasks. A task counts
 * for its nearest case only, so that a burst of tasks is no evidence for many cases.
 */
export const relationsOf = (
  cases: readonly CoOccurringTasks[],
  reachMs: number,
): readonly RelationCandidate[] => [
  ...orderOf(cases, 'before', reachMs),
  ...artifactsOf(cases),
  ...orderOf(
    cases.filter(({ step }) => step.outcome === 'completed'),
    'after',
    reachMs,
  ),
];

const orderOf = (
  cases: readonly CoOccurringTasks[],
  side: Side,
  reachMs: number,
): readonly RelationCandidate[] => {
  const seen = new Map(cases.flatMap((one) => relatedTasks(one, side)).map((near) => [near.task, near]));
  const bySpec = Map.groupBy(seen.values(), ({ spec }) => spec);
  const around = cases.flatMap(({ before, after }) => [...before, ...after]);
  const timesSeen = Map.groupBy(around, ({ spec }) => spec);
  const exposureMs = exposure(cases, side, reachMs);
  return [...bySpec.values()].flatMap((runs) => {
    const pairs = pairsOf(cases, side, new Set(runs.map(({ task }) => task)));
    const own = new Set(timesSeen.get(runs[0]?.spec ?? '')?.map(({ task }) => task)).size;
    return pairs.length === 0 ? [] : [candidateOf(pairs, { side, runs, own, of: cases.length, exposureMs })];
  });
};

/** The tasks near a case that may relate to it: of another spec and the same workflow, and before it only completed ones. */
const relatedTasks = ({ step, before, after }: CoOccurringTasks, side: Side): readonly Step[] =>
  (side === 'before' ? before.filter(({ outcome }) => outcome === 'completed') : after).filter(
    (near) => near.spec !== step.spec && near.workflow === step.workflow,
  );

const gapOf = (step: Step, near: Step, side: Side): number =>
  side === 'before' ? step.at - (near.endedAt ?? step.at) : near.at - (step.endedAt ?? near.at);

/** Pairs of cases and the wanted tasks, nearest first, with each task in one pair only. */
const pairsOf = (
  cases: readonly CoOccurringTasks[],
  side: Side,
  wanted: ReadonlySet<string>,
): readonly Pair[] => {
  const all = cases.flatMap((one) =>
    relatedTasks(one, side)
      .filter(({ task }) => wanted.has(task))
      .map((near) => ({ holder: one.step, near, gapMs: gapOf(one.step, near, side) })),
  );
  const taken = new Set<string>();
  return all
    .filter(({ gapMs }) => gapMs >= 0)
    .toSorted((a, b) => a.gapMs - b.gapMs || b.near.at - a.near.at)
    .filter(({ holder, near }) => {
      if (taken.has(holder.task) || taken.has(near.task)) return false;
      taken.add(holder.task).add(near.task);
      return true;
    });
};

interface Comparison {
  readonly side: Side;
  /** The runs on this side of the cases; `own` counts those on both sides. */
  readonly runs: readonly Step[];
  readonly own: number;
  readonly of: number;
  readonly exposureMs: number;
}

/** A pair with a much longer gap than four in five of the pairs is no pair. */
const USUAL_SHARE = 0.8;
const GAP_FACTOR = 1.5;

/** `chance` is the probability that a random time of the same hours has a run as near, if runs were independent of the cases. */
const candidateOf = (
  pairs: readonly Pair[],
  { side, runs, own, of, exposureMs }: Comparison,
): RelationCandidate => {
  const usual = pairs[Math.ceil(pairs.length * USUAL_SHARE) - 1]?.gapMs ?? 0;
  const withinMs = Math.max(1, usual * GAP_FACTOR);
  const close = pairs.filter(({ gapMs }) => gapMs <= withinMs);
  const rate = runs.length / Math.max(1, exposureMs);
  const latest = runs.toSorted((a, b) => b.at - a.at)[0];
  return {
    relation: side === 'before' ? 'dependencies' : 'next',
    name: latest?.name ?? '',
    pairs: close,
    of,
    chance: 1 - Math.exp(-rate * withinMs),
    own: close.length / Math.max(1, own),
    gapMs: close[Math.floor(close.length / 2)]?.gapMs ?? 0,
    ...(latest && { type: latest.type, task: latest.task }),
  };
};

type Span = readonly [from: EpochMs, to: EpochMs];

/** The searched milliseconds on one side of the cases, without overlaps, and between the first and last known task. */
const exposure = (cases: readonly CoOccurringTasks[], side: Side, reachMs: number): number => {
  const anchors = cases.map(({ step }) => (side === 'before' ? step.at : (step.endedAt ?? step.at)));
  const times = cases.flatMap((one) => one[side].map((near) => timeOf(near, side)));
  const first = Math.min(...anchors, ...times);
  const last = Math.max(...anchors, ...times);
  const spans = anchors.map((at): Span => (side === 'before' ? [at - reachMs, at] : [at, at + reachMs]));
  const merged = spans.toSorted((a, b) => a[0] - b[0]).reduce<readonly Span[]>(joined, []);
  return merged.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, last) - Math.max(from, first)), 0);
};

const timeOf = (near: Step, side: Side): EpochMs => (side === 'before' ? (near.endedAt ?? near.at) : near.at);

const joined = (spans: readonly Span[], next: Span): readonly Span[] => {
  const before = spans.at(-1);
  if (before === undefined || before[1] < next[0]) return [...spans, next];
  return [...spans.slice(0, -1), [before[0], Math.max(before[1], next[1])]];
};

/** With fewer other tasks no chance is computed. */
const OTHERS_MIN = 5;

/** The artifacts of the cases, compared with those of other tasks of the same hours. */
const artifactsOf = (cases: readonly CoOccurringTasks[]): readonly RelationCandidate[] => {
  const own = new Set(cases.map(({ step }) => step.spec));
  const near = cases.flatMap(({ before, after }) => [...before, ...after]);
  const others = [...new Map(near.map((one) => [one.task, one])).values()].filter(
    ({ spec }) => !own.has(spec),
  );
  return [...new Set(cases.flatMap(({ step }) => step.artifacts))].map((name) => {
    const pairs = cases.flatMap(({ step }) =>
      step.artifacts.includes(name) ? [{ holder: step, gapMs: 0 }] : [],
    );
    const elsewhere = others.filter(({ artifacts }) => artifacts.includes(name)).length;
    const chance = others.length < OTHERS_MIN ? undefined : elsewhere / others.length;
    return {
      relation: 'artifacts',
      name,
      pairs,
      of: cases.length,
      own: 1,
      ...(chance !== undefined && { chance }),
    };
  });
};
