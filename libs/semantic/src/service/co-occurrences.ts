import type { Recommendation } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { PointFilter, PointPayload } from '@precedent/ports';
import { SIMILAR_MIN } from '../precedents/duplicates.ts';
import { RECOMMENDATION_MIN } from '../precedents/recommendations.ts';
import type { CoOccurringTasks } from '../precedents/relations.ts';
import type { Step } from '../precedents/step.ts';
import type { Archive } from './archive.ts';
import type { Subject } from './subject.ts';

/** Tasks like the subject of a query, with the tasks around them, and the time before and after that was searched. */
export interface CoOccurrences {
  /** `spec`: tasks of the same spec; `alike`: too few of them, so these are semantically similar. */
  readonly basis: 'spec' | 'alike';
  readonly reachMs: number;
  readonly cases: readonly CoOccurringTasks[];
}

/** The most cases; each costs two queries. */
const CASES_MAX = 12;
/** The most tasks before or after a case. In a busy project the searched time is shorter. */
const AROUND_MAX = 300;
const REACH_MAX_MS = 30 * 60_000;
const REACH_MIN_MS = 100;

/** The tasks around runs of the same spec in its project, with about thirty queries at most. Rejects VECTORS_UNAVAILABLE. */
export const coOccurrencesOf = async (
  archive: Archive,
  subject: Subject,
  { namespace, now }: { readonly namespace: string; readonly now: EpochMs },
): Promise<CoOccurrences> => {
  const inProject = { namespace, fields: { kind: 'spec', project: subject.project } };
  const same = await archive.latestSteps(inProject, { spec: subject.spec }, now);
  const isEnough = settledOf(same, subject).length >= RECOMMENDATION_MIN.support;
  const alike = isEnough ? [] : await archive.nearSteps(subject.text, inProject, CASES_MAX);
  const near = alike.filter(({ similarity }) => similarity >= SIMILAR_MIN);
  const steps = settledOf(isEnough ? same : near, subject).slice(0, CASES_MAX);
  const reachMs = await reachOf(archive, inProject, steps);
  const cases = await Promise.all(steps.map((step) => caseAround(archive, inProject, step, reachMs)));
  return { basis: isEnough ? 'spec' : 'alike', reachMs, cases };
};

/** The settled steps, latest first, without the subject itself. */
const settledOf = <T extends Step>(steps: readonly T[], { task }: Subject): readonly T[] =>
  steps.filter((one) => one.task !== task && one.endedAt !== undefined).toSorted((a, b) => b.at - a.at);

/** The searched time in milliseconds: so long that about half of `AROUND_MAX` tasks fall into it at the project's throughput. */
const reachOf = async (archive: Archive, filter: PointFilter, steps: readonly Step[]): Promise<number> => {
  if (steps.length === 0) return REACH_MAX_MS;
  const from = Math.min(...steps.map(({ at }) => at));
  const to = Math.max(...steps.map(({ endedAt }) => endedAt ?? 0)) + 1;
  const count = await archive.count({ ...filter, ranges: { at: { from, to } } });
  const perMs = count / (to - from);
  return Math.round(Math.min(REACH_MAX_MS, Math.max(REACH_MIN_MS, AROUND_MAX / 2 / Math.max(perMs, 1e-9))));
};

const caseAround = async (
  archive: Archive,
  filter: PointFilter,
  step: Step,
  reachMs: number,
): Promise<CoOccurringTasks> => {
  const { at, endedAt = at } = step;
  const [before, after] = await Promise.all([
    archive.steps(
      { ...filter, ranges: { ended_at: { from: Math.max(0, at - reachMs), to: at + 1 } } },
      AROUND_MAX,
    ),
    archive.steps({ ...filter, ranges: { at: { from: endedAt, to: endedAt + reachMs + 1 } } }, AROUND_MAX),
  ]);
  return { step, before, after };
};

/** The outcomes of a task's usual dependencies, by name, at the time of this run. Dependencies that had not run are absent. */
export const outcomesBefore = async (
  archive: Archive,
  { namespace, project, at }: PointPayload,
  { dependencies, reachMs }: { readonly dependencies: readonly Recommendation[]; readonly reachMs: number },
): Promise<Readonly<Record<string, string>>> => {
  const fields = { kind: 'spec', ...(typeof project === 'string' && { project }) };
  const ranges = { ended_at: { from: Math.max(0, at - reachMs), to: at + 1 } };
  const steps = await archive.steps({ namespace, fields, ranges }, AROUND_MAX);
  const latestFirst = steps.toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  return Object.fromEntries(
    dependencies.flatMap(({ name, type }) => {
      const last = latestFirst.find((one) => one.name === name && one.type === type);
      return last?.outcome === undefined ? [] : [[name, last.outcome] as const];
    }),
  );
};
