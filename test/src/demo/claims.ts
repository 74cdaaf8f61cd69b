import type { TaskView } from '@precedent/contract-types';
import type { Judgement } from '../crash/checker.ts';
import type { Expectation, PlannedTask } from './load.ts';
import { figuresOf } from './report.ts';
import type { Outcome } from './report.ts';

/** Something that the demo says of itself, and what speaks against it. */
export interface Claim {
  readonly claim: string;
  /** Empty: it holds. */
  readonly against: readonly string[];
}

export interface Evidence {
  readonly planned: readonly PlannedTask[];
  readonly outcomes: readonly Outcome[];
  /** Of the journal. */
  readonly judgement: Judgement;
}

/** Every claim about the tasks, held against what happened. */
export const claimsOf = (evidence: Evidence): Claim[] => [
  { claim: 'every task has exactly one verdict in the journal', against: evidence.judgement.faults },
  { claim: 'every task ended as it should, and for the expected reason', against: surprises(evidence) },
  { claim: 'what failed at first was tried again', against: notRetried(evidence) },
  { claim: 'the more urgent a task, the less it waits', against: inversions(evidence) },
];

const surprises = ({ planned, outcomes }: Evidence): string[] => {
  const views = new Map(outcomes.map(({ view }) => [view.id, view]));
  return planned.flatMap(({ spec, expected }) => {
    const view = views.get(spec.id);
    if (view === undefined) return [`${spec.id} has no outcome`];
    const got = describe({
      state: view.state as Expectation['state'],
      retries: view.retries,
      ...(view.error && view.state !== 'completed' && { code: view.error.code }),
    });
    const wanted = describe(expected);
    return got === wanted ? [] : [`${spec.id}: expected ${wanted}, got ${got}${reasonOf(view)}`];
  });
};

const OUTPUT_CHARS = 500;

/** The message, and the end of what a command wrote: they show what to mend. */
const reasonOf = ({ error }: TaskView): string => {
  const { stdout = '', stderr = '' } = (error?.details ?? {}) as { stdout?: string; stderr?: string };
  const output = `${stdout}${stderr}`.trim().slice(-OUTPUT_CHARS);
  return `${error ? `: ${error.message}` : ''}${output === '' ? '' : `\n${output}`}`;
};

const describe = ({ state, code, retries }: Expectation): string =>
  `${state}${code === undefined ? '' : ` with ${code}`} after ${retries} retries`;

const notRetried = ({ planned, outcomes }: Evidence): string[] => {
  const wanted = planned.filter(({ expected }) => expected.retries > 0 && expected.state === 'completed');
  const done = outcomes.filter(({ view }) => view.retries > 0 && view.state === 'completed');
  return done.length >= wanted.length && wanted.length > 0
    ? []
    : [`${done.length} of ${wanted.length} tasks completed after a retry`];
};

/** Only the two ends: what lies between them has few tasks, of all lengths. */
const inversions = ({ outcomes }: Evidence): string[] => {
  const p50 = Object.fromEntries(figuresOf(outcomes).map(({ band, wait }) => [band, wait[0]]));
  const [critical = 0, low = 0] = [p50['critical'], p50['low']];
  return critical < low
    ? []
    : [`half of the critical tasks waited ${critical} ms, half of the low ones ${low} ms`];
};
