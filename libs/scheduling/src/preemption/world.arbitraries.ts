import type { BandRank, EpochMs } from '@precedent/kernel';
import { fits, minus } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import { poolsOf, sumOf } from './builders.arbitraries.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Policy } from './policy.ts';
import { liveReservations, roomFor } from './rooms.ts';
import type { Reservation, Running, Snapshot, Waiting, SnapshotWorker } from './snapshot.ts';

/** As in `task.machine`: the pause of a victim doubles with each preemption. Milliseconds. */
const PAUSE_MS = 1_000;
const PAUSE_MAX_MS = 30_000;

/** A task of the made-up world. */
export interface Job {
  readonly id: string;
  readonly base: BandRank;
  readonly order: number;
  readonly arrivesAt: EpochMs;
  readonly workMs: number;
  readonly demand: Amounts;
  /** How much of the time until its deadline it takes to leave, in percent. */
  readonly leavesAtPercent: number;
}

interface Life {
  readonly job: Job;
  state: 'away' | 'waiting' | 'running' | 'leaving' | 'done';
  since: EpochMs;
  worker: string;
  leftMs: number;
  leavesAt: EpochMs;
  endsBy: EpochMs;
  notBefore: EpochMs;
  preemptCount: number;
  preempted: boolean;
  mode: Running['mode'];
}

/** A few workers, a dispatcher that fills free slots, and the rule: time goes in steps. Work is never lost here. */
export class World {
  now = 0;
  readonly lives: Life[];
  readonly decisions: Decision[] = [];
  readonly starts: { readonly id: string; readonly base: BandRank; readonly at: EpochMs }[] = [];
  reservations: Reservation[] = [];
  readonly #policy: Policy;
  readonly #capacities: ReadonlyMap<string, Amounts>;

  constructor(jobs: readonly Job[], capacities: readonly Amounts[], policy: Policy) {
    this.#policy = policy;
    this.#capacities = new Map(capacities.map((capacity, at) => [`w${at}`, capacity]));
    this.lives = jobs.map((job) => ({
      job,
      state: 'away',
      since: 0,
      worker: '',
      leftMs: job.workMs,
      leavesAt: 0,
      endsBy: 0,
      notBefore: 0,
      preemptCount: 0,
      preempted: false,
      mode: undefined,
    }));
  }

  step(ms: number): void {
    this.now += ms;
    this.reservations = liveReservations(this.reservations, this.now);
    for (const life of this.lives) this.#ends(life);
    for (const life of this.#inOrder()) this.#starts(life);
    const decisions = decide(this.snapshot(), this.#policy);
    for (const decision of decisions) this.#does(decision);
    this.decisions.push(...decisions);
  }

  views(): SnapshotWorker[] {
    return [...this.#capacities].map(([id, capacity]) => {
      const here = this.lives.filter(
        ({ state, worker }) => worker === id && ['running', 'leaving'].includes(state),
      );
      return { id, capacity, running: here.map(runningOf) };
    });
  }

  snapshot(): Snapshot {
    const workers = this.views();
    return {
      now: this.now,
      waiting: this.lives.filter(({ state }) => state === 'waiting').map((life) => this.#waitingOf(life)),
      workers,
      reservations: this.reservations,
      pools: poolsOf(workers),
      tenants: [],
      workflows: [],
    };
  }

  get done(): boolean {
    return this.lives.every(({ state }) => state === 'done');
  }

  #ends(life: Life): void {
    if (life.state === 'away' && life.job.arrivesAt <= this.now) this.#waits(life);
    else if (life.state === 'running' && life.since + life.leftMs <= this.now) life.state = 'done';
    else if (life.state === 'leaving' && life.leavesAt <= this.now) this.#left(life);
  }

  #waits(life: Life): void {
    life.state = 'waiting';
    life.since = this.now;
  }

  #left(life: Life): void {
    life.leftMs = Math.max(0, life.leftMs - (this.now - life.since));
    life.preemptCount += 1;
    life.notBefore = this.now + Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** (life.preemptCount - 1));
    life.preempted = true;
    this.#waits(life);
  }

  #inOrder(): Life[] {
    const ready = this.lives.filter(({ state, notBefore }) => state === 'waiting' && notBefore <= this.now);
    return ready.sort((a, b) => b.job.base - a.job.base || a.job.order - b.job.order);
  }

  #starts(life: Life): void {
    const place = this.views().find((view) => {
      const here = this.reservations.filter(({ worker }) => worker === view.id);
      return fits(life.job.demand, roomFor(life.job.id, view, here));
    });
    if (place === undefined) return;
    this.reservations = this.reservations.filter(({ task }) => task !== life.job.id);
    this.starts.push({ id: life.job.id, base: life.job.base, at: this.now });
    Object.assign(life, { state: 'running', worker: place.id, since: this.now, preempted: false });
  }

  #does({ victims, stolen, reservation }: Decision): void {
    for (const { id, deadline, mode } of victims) {
      const life = this.lives.find(({ job }) => job.id === id);
      if (life === undefined) continue;
      const ms = Math.ceil(((deadline - this.now) * life.job.leavesAtPercent) / 100);
      Object.assign(life, { state: 'leaving', leavesAt: this.now + ms, endsBy: deadline, mode });
    }
    const gone = new Set(stolen.map(({ task }) => task));
    this.reservations = this.reservations.filter(({ task }) => !gone.has(task));
    if (reservation) this.reservations.push(reservation);
  }

  #waitingOf({ job, since, notBefore, preempted }: Life): Waiting {
    return {
      id: job.id,
      queue: job.id,
      pool: 'default',
      tenant: 'acme',
      domain: 'acme',
      base: job.base,
      order: job.order,
      submittedAt: job.arrivesAt,
      waitingSince: since,
      demand: job.demand,
      eligible: [...this.#capacities.keys()],
      ...(notBefore > this.now && { blockedBy: 'not_before' as const }),
      ...(preempted && { preempted }),
    };
  }
}

const runningOf = ({ job, state, since, endsBy, mode, preemptCount }: Life): Running => ({
  id: job.id,
  pool: 'default',
  tenant: 'acme',
  domain: 'acme',
  base: job.base,
  phase: state === 'leaving' ? 'preempting' : 'running',
  ...(state === 'leaving' && { endsBy, ...(mode && { mode }) }),
  usage: job.demand,
  startedAt: since,
  preemptCount,
});

/** What is free of a worker when everything that occupies it, also on its way out, is counted. */
export const slack = (view: SnapshotWorker): Amounts =>
  minus(view.capacity, sumOf(view.running.map(({ usage }) => usage)));
