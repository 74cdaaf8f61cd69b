import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { DEFAULT_POLICY } from './policy.ts';
import type { ClassRules, Policy } from './policy.ts';
import { aRunning, aSnapshot, aWaiting, aWorker, amounts, poolsOf } from './builders.arbitraries.ts';
import type { Reservation, Running, Snapshot, Waiting } from './snapshot.ts';

export const SECOND = 1_000;
/** Long after everything has started. */
export const LATER = 1_000 * SECOND;

export const LOW = 0;
export const NORMAL = 1;
export const HIGH = 2;
export const CRITICAL = 3;

export const withClass = (
  rank: 0 | 1 | 2 | 3,
  rules: Partial<ClassRules>,
  policy = DEFAULT_POLICY,
): Policy => ({
  ...policy,
  classes: policy.classes.map((one, at) =>
    at === rank ? { ...one, ...rules } : one,
  ) as unknown as Policy['classes'],
});

/** One worker `w1` that these tasks fill, and one critical task that waits for a slot of it. */
export const aScene = (
  running: readonly Partial<Running>[],
  preemptor: Partial<Waiting> = {},
  given: Partial<Snapshot> = {},
): Snapshot => {
  const tasks = running.map((one, at) => aRunning({ id: `V${at + 1}`, ...one }));
  const workers = [aWorker({ running: tasks })];
  return aSnapshot({
    now: LATER,
    workers,
    pools: poolsOf(workers),
    waiting: [aWaiting(preemptor)],
    ...given,
  });
};

export const decided = (snapshot: Snapshot, policy: Policy = DEFAULT_POLICY): Decision => {
  const [decision] = decide(snapshot, policy);
  if (decision === undefined) throw new Error('nothing was decided');
  return decision;
};

/** Outcome, reason and victims in a line. */
export const verdict = ({ outcome, reason, victims }: Decision): string =>
  [outcome, reason, ...victims.map(({ id }) => id)].join(' ');

export const aReservation = (given: Partial<Reservation> = {}): Reservation => ({
  task: 'R',
  kind: 'freed',
  base: HIGH,
  pool: 'default',
  tenant: 'acme',
  domain: 'acme',
  worker: 'w1',
  amounts: amounts(),
  expiresAt: LATER + 1,
  ...given,
});
