import { DEFAULT_POLICY } from '@precedent/scheduling';
import { seededRandom } from '@precedent/testkit';
import type { SeededRandom } from '@precedent/testkit';

/** How likely each fault is while there are faults at all. 1 means: always, until everything heals. */
export interface Rates {
  /** Messages between workers, submitters and engines: lost, delivered twice, delayed. */
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  /** Appends: lost before they land, their answer lost, or landing long after they were given up. */
  readonly appendLost: number;
  readonly answerLost: number;
  readonly appendLate: number;
  /** The stores answer nothing for a while. */
  readonly outage: number;
  /** The store of leases: it does not answer, or it lets go of a lease before its time. */
  readonly leaseFails: number;
  readonly leaseDropped: number;
  /** Engines and workers that crash, or stall for longer than their lease. */
  readonly engineCrash: number;
  readonly engineStall: number;
  readonly workerCrash: number;
  readonly workerStall: number;
  /** Workers that send false reports. */
  readonly lies: number;
}

/** Everything about a run that its seed decides beforehand. Milliseconds of virtual time. */
export interface Plan {
  readonly seed: number;
  readonly tasks: number;
  readonly workers: number;
  readonly engines: number;
  /** All faults end then. */
  readonly healsAfter: number;
  /** Tasks are submitted until then. */
  readonly submitsFor: number;
  readonly rates: Rates;
  /** The journal takes appends by the bare count of entries. */
  readonly countsOnly: boolean;
  readonly ages: boolean;
  /** Urgent tasks preempt others. */
  readonly preempts: boolean;
  readonly snapshotEvery: number;
  readonly retentionMs: number;
  readonly maxWaiting: number;
  readonly inFlightMax: number;
  readonly groupCommitDelayMs: number;
  /** An append takes up to so long to arrive. */
  readonly appendMs: number;
  /** Workers can freeze what they run. */
  readonly freezes: boolean;
  /** Express slots of each worker. */
  readonly express: number;
  /** Tasks that each worker takes ahead of its free slots. */
  readonly ahead: number;
  /** Share of the running tasks that the floor of a band may be. */
  readonly floorPercent: number;
}

/** Mostly some, often none, now and then total: a world in which nothing works tests only how it heals. */
const rate = (random: SeededRandom): number => random.pick([0, 0, 0, 0.3, 0.3, 0.3, 1]);

/** What would stop everything at once is total less often. */
const gentleRate = (random: SeededRandom): number => random.pick([0, 0, 0, 0, 0.3, 0.3, 0.3, 0.3, 0.3, 1]);

export const planOf = (seed: number): Plan => {
  const random = seededRandom(seed);
  const rates: Rates = {
    lost: gentleRate(random),
    doubled: rate(random),
    late: rate(random),
    appendLost: gentleRate(random),
    answerLost: gentleRate(random),
    appendLate: gentleRate(random),
    outage: rate(random),
    leaseFails: gentleRate(random),
    leaseDropped: rate(random),
    engineCrash: rate(random),
    engineStall: rate(random),
    workerCrash: rate(random),
    workerStall: rate(random),
    lies: rate(random),
  };
  return {
    seed,
    tasks: random.int(5, 30),
    workers: random.int(1, 4),
    engines: random.pick([1, 2, 2]),
    healsAfter: random.int(4_000, 10_000),
    submitsFor: random.int(1_000, 6_000),
    rates: random.chance(0.1) ? CALM : rates,
    countsOnly: random.chance(0.5),
    ages: random.chance(0.3),
    preempts: random.chance(0.5),
    snapshotEvery: random.pick([3, 10, 1_000_000]),
    retentionMs: random.pick([0, 2_000]),
    maxWaiting: random.pick([3, 1_000, 1_000]),
    inFlightMax: random.pick([1, 2, 2, 3]),
    groupCommitDelayMs: random.pick([0, 2, 40]),
    appendMs: random.pick([2, 30, 200]),
    freezes: random.chance(0.7),
    express: random.pick([0, 1, 1]),
    ahead: random.pick([0, 1, 2]),
    floorPercent: random.pick([10, 10, 50]),
  };
};

export const CALM: Rates = {
  lost: 0,
  doubled: 0,
  late: 0,
  appendLost: 0,
  answerLost: 0,
  appendLate: 0,
  outage: 0,
  leaseFails: 0,
  leaseDropped: 0,
  engineCrash: 0,
  engineStall: 0,
  workerCrash: 0,
  workerStall: 0,
  lies: 0,
};

/** Victims are many, and what is frozen does not stay so for long, or hardly a run would see its end. */
export const POLICY = { ...DEFAULT_POLICY, frozenMsMax: 1_500, suspendGraceMs: 400, capMin: 3 };
export const AGING = [1_000, 1_500, 0, 0] as const;
export const NO_AGING = [0, 0, 0, 0] as const;
