import { BANDS, rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import {
  CLOSED_BREAKER,
  afterFreeze,
  atDeadline,
  breakerAfter,
  decideRecorded,
  extended,
  fits,
  isBreakerOpen,
  minus,
  plus,
  takes,
} from '@precedent/scheduling';
import type {
  BreakerRecord,
  BreakerState,
  Decision,
  DecisionRecord,
  Policy,
  Reservation,
  Snapshot,
} from '@precedent/scheduling';
import type { PreemptionEnd } from '@precedent/ports';
import type { PreemptMode, TaskEventOf, TaskRow } from '@precedent/tasks';
import type { CellCore } from '../cell-core.ts';
import { refusalOf } from '../refusal-of.ts';
import { DecisionLog } from './decision-log.ts';
import { pictureOf, runningOf } from './picture.ts';
import type { Lesson, PictureExtras } from './picture.ts';
import type { Preemptor } from './preemptor.ts';
import { Reservations } from './reservations.ts';

/** A round that could do nothing is not repeated for the same heads before. */
const FRUITLESS_MS = 100;
const LESSONS_MAX = 10_000;

/** Ends of a lease, and whether what was done since the last checkpoint is lost with it. */
const LOSES: Partial<Record<TaskEventOf['type'], boolean>> = {
  COMPLETED: false,
  YIELDED: false,
  SUSPENDED: false,
  STOPPED: true,
  LOST: true,
  GRACE_EXPIRED: true,
};

interface Taken {
  readonly at: EpochMs;
  readonly pool: string;
}

/**
 * Preemption as the engine does it: once a turn, after the free slots were filled, the rule is asked about those who still
 * wait, and what it decides is recorded and done. The rule itself is `decide`, a pure function in `scheduling`.
 */
export class PreemptionDesk implements Preemptor {
  readonly #core: CellCore;
  readonly #policy: Policy;
  readonly reservations = new Reservations();
  readonly log = new DecisionLog();
  readonly #lessons = new Map<string, Lesson>();
  readonly #breakers = new Map<string, BreakerState>();
  readonly #work = new Map<string, { usefulMs: number; lostMs: number }>();
  #victims: Taken[] = [];
  #fruitlessUntil = 0;
  #reserved = false;
  #fruitlessHeads = '';

  constructor(core: CellCore, policy: Policy) {
    this.#core = core;
    this.#policy = policy;
  }

  /** Gives reserved places to those they are kept for, as far as they are free. Before anybody else is started. */
  startReserved(start: (row: TaskRow, session: string) => void): void {
    if (this.reservations.size === 0 && !this.#reserved) return;
    for (const gone of this.reservations.expire(this.#core.now)) {
      this.#ended(gone, 'expired');
      this.#learnStart(gone, false);
    }
    for (const reservation of this.reservations.all()) {
      // It was given in exchange meanwhile.
      if (this.reservations.of(reservation.task) !== reservation) continue;
      const row = this.#core.state.table.get(reservation.task);
      if (row === undefined || row.state !== 'queued') this.#release(reservation, row);
      else if (this.#hasRoom(reservation)) start(this.#takerOf(reservation, row), reservation.worker);
    }
    this.#markReserved();
  }

  /**
   * Who takes a place that is free now: whom it is kept for, or a task of a band above that waits for the same workers. That
   * one gives its own reservation in exchange, if it has any.
   */
  #takerOf(reservation: Reservation, row: TaskRow): TaskRow {
    const rival = this.#aboveIn(row);
    const inExchange = rival && this.reservations.of(rival.id);
    if (rival && !inExchange) this.#stolen(reservation.task);
    else this.#release(inExchange ?? reservation, rival ?? row);
    if (inExchange)
      this.reservations.set({ ...reservation, worker: inExchange.worker, expiresAt: inExchange.expiresAt });
    return rival ?? row;
  }

  #aboveIn(row: TaskRow): TaskRow | undefined {
    const lane = this.#core.lanes.of(row.class);
    for (let rank = BANDS.length - 1; rank > rankOf(row.class.band); rank--) {
      const head = lane.queueAt(rank as BandRank).peek();
      if (head) return head;
    }
    return undefined;
  }

  /** What is reserved is invisible to everybody else. */
  #markReserved(): void {
    this.#reserved = this.reservations.size > 0;
    for (const session of this.#core.fleet.all())
      session.reserved = this.reservations.keptOn(session.session);
  }

  /** One round, if anybody waits who might take a place. */
  round(): void {
    if (!this.#mightPreempt()) return;
    const { now } = this.#core;
    const snapshot = pictureOf(this.#core, this.#extras(now));
    const heads = snapshot.waiting.map(({ id }) => id).join(' ');
    if (now < this.#fruitlessUntil && heads === this.#fruitlessHeads) return;
    const { decisions, records } = decideRecorded(
      snapshot,
      this.#policy,
      (one) => takes(one) || this.#isNews(one),
    );
    for (const record of records) this.#do(record);
    if (records.length > 0) this.#tellRound(snapshot, records.length);
    if (decisions.some(takes)) return;
    this.#fruitlessHeads = heads;
    this.#fruitlessUntil = now + FRUITLESS_MS;
    this.#lookAgain(decisions, now);
  }

  /** What the rule would say now about a task that was not submitted. */
  picture(more: Snapshot['waiting']): Snapshot {
    return pictureOf(this.#core, this.#extras(this.#core.now), more);
  }
  get policy(): Policy {
    return this.#policy;
  }

  /** The time of a victim has come, and it still has its place. */
  late(row: TaskRow): void {
    const { preempt, session } = row.run;
    const { now } = this.#core;
    if (preempt === undefined || session === undefined) return;
    const holder = this.#core.fleet.get(session);
    const [victim] = holder ? runningOf(this.#core, holder, row.id) : [];
    const isFrozen = row.state === 'suspended';
    const rule = isFrozen ? afterFreeze : atDeadline;
    const escalation = victim && rule(victim, preempt.mode, this.#policy, now);
    const { epoch } = row;
    if (escalation?.kind === 'signal') {
      const { mode, deadline } = escalation;
      this.#core.drive(row, { type: 'ESCALATED', at: now, epoch, mode: mode as PreemptMode, deadline });
      if (!isFrozen) this.#extend(preempt.decision, deadline);
    } else if (escalation?.kind === 'spare') this.#spare(row, preempt.decision, now);
    else this.#core.drive(row, { type: 'GRACE_EXPIRED', at: now, epoch, jitter: this.#core.ports.random() });
  }

  /**
   * A lease ends, or is interrupted: what was useful of it, and what will be done again. Before the fold forgets. Gives the
   * latter. Milliseconds.
   */
  ends(row: TaskRow, { type, at }: TaskEventOf): number {
    if (!(type in LOSES) || row.state === 'suspended') return 0;
    const startedAt = row.run.startedAt ?? at;
    const ranMs = at - startedAt;
    const keptAt = Math.max(startedAt, row.kept.checkpoints[0]?.at ?? 0);
    const lostMs = row.state === 'preempting' && LOSES[type] === true ? at - keptAt : 0;
    const sum = this.#work.get(row.class.pool) ?? { usefulMs: 0, lostMs: 0 };
    this.#work.set(row.class.pool, { usefulMs: sum.usefulMs + ranMs - lostMs, lostMs: sum.lostMs + lostMs });
    return lostMs;
  }

  /** About once a second: the breakers learn what was worked. */
  tick(at: EpochMs): void {
    for (const [pool, work] of this.#work) this.learn(pool, { kind: 'work', at, ...work });
    this.#work.clear();
  }

  /** What a preemption led to; the breaker of the pool learns from it. */
  learn(pool: string, record: BreakerRecord): void {
    const before = this.#breakers.get(pool) ?? CLOSED_BREAKER;
    const after = breakerAfter(before, record, this.#policy.breaker);
    this.#breakers.set(pool, after);
    if (isBreakerOpen(after, record.at) && !isBreakerOpen(before, record.at)) {
      const { openUntil: until, cause = 'repeats' } = after;
      this.#core.ports.telemetry.emit({ name: 'preemption.breaker', pool, open: true, cause, until });
    }
  }

  #mightPreempt(): boolean {
    const { table } = this.#core.state;
    let lowestRunning: number = BANDS.length;
    let highestQueued = -1;
    for (const [rank, band] of BANDS.entries()) {
      const use = table.use(band);
      if (use.running > 0) lowestRunning = Math.min(lowestRunning, rank);
      if (use.queued > 0) highestQueued = rank;
    }
    return highestQueued > lowestRunning || this.#core.lanes.hasLarge;
  }

  #extras(now: EpochMs): PictureExtras {
    const since = now - this.#policy.capWindowMs;
    this.#victims = this.#victims.filter(({ at }) => at > since);
    return {
      reservations: this.reservations.all(),
      lessons: this.#lessons,
      victimsOf: (pool) => this.#victims.filter((taken) => taken.pool === pool).length,
      breakerUntil: (pool) => this.#breakers.get(pool)?.openUntil ?? 0,
    };
  }

  #tellRound({ now: at, waiting }: Snapshot, decisions: number): void {
    const ms = this.#core.now - at;
    this.#core.ports.telemetry.emit({ name: 'preemption.round', at, ms, waiting: waiting.length, decisions });
  }

  /** Why a task waits is recorded when it changes, not every time that it is found again. */
  #isNews({ preemptor, outcome, reason }: Decision): boolean {
    const last = this.log.lastOf(preemptor.id)?.record.decision;
    return last === undefined || last.outcome !== outcome || last.reason !== reason;
  }

  #do(record: DecisionRecord): void {
    const { decision } = record;
    const { at, preemptor } = decision;
    const id = this.#core.ports.ids(at);
    // It only explains: one that names too many tasks for the journal is carried out without being in it.
    refusalOf(() =>
      this.#core.outbox.record({ kind: 'decided', id: preemptor.id, at, decision: id, record }),
    );
    for (const { task } of decision.stolen) this.#stolen(task);
    this.log.add(id, record);
    this.#tellDecided(id, record);
    if (decision.reservation) this.reservations.set(decision.reservation);
    this.#markReserved();
    for (const { id: victim, mode, deadline, pool } of decision.victims) {
      const row = this.#core.state.table.get(victim);
      if (row === undefined || mode === 'never') continue;
      this.#victims.push({ at, pool });
      const resumed = row.kept.preemptions > 0 && row.run.startedAt !== undefined;
      this.learn(pool, {
        kind: 'preemption',
        at,
        ...(resumed && { sinceResumeMs: at - (row.run.startedAt ?? at) }),
      });
      this.#core.drive(row, { type: 'PREEMPTED', at, epoch: row.epoch, decision: id, mode, deadline });
    }
  }

  #tellDecided(id: string, record: DecisionRecord): void {
    const { ports, epoch, state } = this.#core;
    const { preemptor, victims } = record.decision;
    const rows = victims.flatMap((victim) => state.table.get(victim.id) ?? []);
    const waiting = state.table.get(preemptor.id);
    ports.telemetry.emit({
      name: 'preemption.decided',
      id,
      epoch,
      record,
      preemptor: waiting,
      victims: rows,
    });
  }

  #stolen(task: string): void {
    const reservation = this.reservations.of(task);
    this.reservations.release(task);
    if (reservation) this.#ended(reservation, 'stolen');
  }

  /** The place that was promised is free later, and is kept for as long. */
  #extend(decision: string, deadline: EpochMs): void {
    const made = this.log.find(decision);
    const reservation = made && this.reservations.of(made.task);
    if (reservation) this.reservations.set(extended(reservation, deadline, this.#policy));
  }

  #spare(row: TaskRow, decision: string, now: EpochMs): void {
    this.#core.drive(row, { type: 'SPARED', at: now, epoch: row.epoch });
    const made = this.log.find(decision);
    if (made === undefined) return;
    const { spared, replans } = this.#lessons.get(made.task) ?? { spared: [], replans: 0 };
    if (this.#lessons.size >= LESSONS_MAX) this.#lessons.clear();
    this.#lessons.set(made.task, { spared: [...spared, row.id], replans: replans + 1 });
    const reservation = this.reservations.of(made.task);
    this.reservations.release(made.task);
    if (reservation) this.#ended(reservation, 'replanned');
  }

  #hasRoom(reservation: Reservation): boolean {
    const session = this.#core.fleet.get(reservation.worker);
    if (session === undefined || session.state !== 'ready') return false;
    const promised = this.reservations.promisedBefore(reservation);
    return fits(reservation.amounts, minus(session.supply, plus(session.used, promised)));
  }

  #release(reservation: Reservation, row: TaskRow | undefined): void {
    const { task } = reservation;
    this.reservations.release(task);
    this.#lessons.delete(task);
    const started = row !== undefined && row.state !== 'cancelled' && row.state !== 'timed_out';
    this.#ended(reservation, started ? 'started' : 'left', row);
    if (row !== undefined) this.#learnStart(reservation, started);
  }

  /** Whether the preemptor started on what was freed for it. One for whom nothing was free in time has cost its victims in vain. */
  #learnStart({ task, kind, pool }: Reservation, started: boolean): void {
    const made = this.log.lastOf(task);
    if (kind !== 'freed' || made === undefined) return;
    const { now: at } = this.#core;
    const graceMs = graceMsOf(made.record.decision);
    this.learn(pool, { kind: 'preemptor', at, started, waitedMs: at - made.at, graceMs });
  }

  /** Tells how it went on with the decision that a place was kept for. */
  #ended({ task, kind }: Reservation, end: PreemptionEnd, row?: TaskRow): void {
    const made = this.log.lastOf(task);
    if (kind !== 'freed' || made === undefined) return;
    const { now: at, ports } = this.#core;
    const waitedMs = at - made.at;
    const started = end === 'started' && row !== undefined;
    const epoch = started ? row.epoch + (row.state === 'queued' ? 1 : 0) : 0;
    const inTime =
      started && waitedMs <= graceMsOf(made.record.decision) + this.#policy.breaker.startMarginMs;
    const decision = made.id;
    ports.telemetry.emit({ name: 'preemption.ended', decision, task, at, end, epoch, waitedMs, inTime });
  }

  /** Time alone may change the answer: the own wait, a minimum run time, a breaker. */
  #lookAgain(decisions: readonly Decision[], now: EpochMs): void {
    const at = Math.min(...decisions.map(({ wakeAt }) => wakeAt ?? Number.POSITIVE_INFINITY));
    if (Number.isFinite(at)) this.#core.wakeAt(Math.max(at, now + FRUITLESS_MS));
  }
}

/** The longest grace of its victims. */
const graceMsOf = ({ victims }: Decision): number => Math.max(0, ...victims.map(({ graceMs }) => graceMs));
