import { BANDS } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { acts, decideRecorded } from '@precedent/scheduling';
import { sha256 } from '@precedent/ports';
import type { Decision, DecisionRecord, Policy, Snapshot } from '@precedent/scheduling';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { CellView } from '../cell/cell-view.ts';
import { refusalOf } from '../journal/refusal-of.ts';
import type { DecisionLog } from './decision-log.ts';
import type { PoolBreakers } from './pool-breakers.ts';
import type { ReplanHistory } from './replan-history.ts';
import type { Reservations } from './reservations.ts';
import type { ReservedStarts, StartTask } from './reserved-starts.ts';
import { schedulingSnapshot } from './scheduling-snapshot.ts';

/** Backoff after a round that could preempt nothing: for so long it is not repeated while its input is the same. Milliseconds. */
export const BACKOFF_MS = 100;

export type PreemptorParts = Pick<BaseParts, 'telemetry' | 'ids' | 'outbox' | 'epoch'> & {
  readonly cell: CellView;
  readonly core: CellCore;
  readonly policy: Policy;
  readonly reservations: Reservations;
  readonly reservedStarts: ReservedStarts;
  readonly log: DecisionLog;
  readonly breakers: PoolBreakers;
  readonly replans: ReplanHistory;
};

/**
 * Makes and carries out preemption decisions, once a turn, after free slots were filled. `decide`, a pure function in `scheduling`, gets a
 * snapshot of the tasks that still wait and of those that run.
 */
export class Preemptor {
  readonly #parts: PreemptorParts;
  #backoffUntil = 0;
  #backoffInput = '';

  constructor(parts: PreemptorParts) {
    this.#parts = parts;
  }

  /** Runs one round, if a waiting task might preempt a running one. `start` leases a task to a session. */
  round(start: StartTask): void {
    if (!this.#mightPreempt()) return;
    const { cell, policy } = this.#parts;
    const now = cell.clock.now();
    const snapshot = this.snapshot();
    const input = inputOf(snapshot);
    if (now < this.#backoffUntil && input === this.#backoffInput) return;
    const wanted = (decision: Decision): boolean => acts(decision) || this.#hasChanged(decision);
    const { decisions, records } = decideRecorded(snapshot, policy, { sha256, wanted });
    for (const record of records) this.#carryOut(record, start);
    if (records.length > 0) this.#reportRound(snapshot, records.length);
    if (decisions.some(acts)) return;
    this.#backoffInput = input;
    this.#backoffUntil = now + BACKOFF_MS;
    this.#wakeFor(decisions, now);
  }

  /** The scheduling snapshot of this moment. `hypothetical`: tasks of a dry run, which were not submitted. */
  snapshot(hypothetical: Snapshot['waiting'] = []): Snapshot {
    const { cell, policy, reservations, replans, breakers } = this.#parts;
    const state = {
      reservations: reservations.all(),
      replans,
      victimsOf: breakers.victimsAt(cell.clock.now()),
      excessMs: policy.excessMs,
      breakerUntil: (pool: string) => breakers.openUntil(pool),
    };
    return schedulingSnapshot(cell, state, hypothetical);
  }

  #mightPreempt(): boolean {
    const { state, queueClasses } = this.#parts.cell;
    const { table } = state;
    let lowestRunning: number = BANDS.length;
    let highestQueued = -1;
    for (const [rank, band] of BANDS.entries()) {
      const use = table.countsOf(band);
      if (use.running > 0) lowestRunning = Math.min(lowestRunning, rank);
      if (use.queued > 0) highestQueued = rank;
    }
    return highestQueued > lowestRunning || queueClasses.hasLarge || this.#isExceeded();
  }

  /** A worker has run more tasks than it has slots for too long. */
  #isExceeded(): boolean {
    const { cell, policy } = this.#parts;
    const [first] = cell.fleet.exceededUntil(cell.clock.now() - policy.excessMs);
    return first !== undefined;
  }

  #reportRound({ now: at, waiting }: Snapshot, decisions: number): void {
    const { cell, telemetry } = this.#parts;
    const ms = cell.clock.now() - at;
    telemetry.emit({ name: 'preemption.round', at, ms, waiting: waiting.length, decisions });
  }

  /** A decision that takes nothing is recorded when its outcome or reason changes, not in every round. */
  #hasChanged({ preemptor, outcome, reason }: Decision): boolean {
    const last = this.#parts.log.lastOf(preemptor.id)?.record.decision;
    return last === undefined || last.outcome !== outcome || last.reason !== reason;
  }

  /**
   * Carries out one decision. The order matters: the decision is recorded before what follows from it, reservations are in place before the
   * victims are driven, and each victim counts for the breaker while its row still has the start of the run.
   */
  #carryOut(record: DecisionRecord, start: StartTask): void {
    const { ids, outbox, log, reservations, reservedStarts, breakers, cell, core } = this.#parts;
    const { decision } = record;
    const { at, preemptor } = decision;
    const id = ids(at);
    // The record only explains, so a decision that names too many tasks for one record is carried out without it.
    refusalOf(() => outbox.record({ kind: 'decided', id: preemptor.id, at, decision: id, record }));
    for (const { task } of decision.stolen) reservedStarts.end(task, 'stolen');
    log.add(id, record);
    this.#reportDecision(id, record);
    if (decision.outcome === 'express') this.#startInExpress(decision, start);
    if (decision.reservation) reservations.set(decision.reservation);
    reservedStarts.hideReserved();
    for (const { id: victim, mode, deadline, pool } of decision.victims) {
      const row = cell.state.table.get(victim);
      if (row === undefined || mode === 'never') continue;
      breakers.recordVictim(row, pool, at);
      core.drive(row, { type: 'PREEMPTED', at, epoch: row.epoch, decision: id, mode, deadline });
    }
  }

  /** The task starts above the slot count of the worker, which has `excessMs` to return to it before a task is preempted. */
  #startInExpress({ preemptor, worker = '', at }: Decision, start: StartTask): void {
    const { cell, core, policy, reservations } = this.#parts;
    const row = cell.state.table.get(preemptor.id);
    const session = cell.fleet.get(worker);
    if (row === undefined || session === undefined) return;
    start(row, worker);
    cell.fleet.exceeded(session, row.id, at);
    reservations.keepSlot(row.id);
    core.requestTurnAt(at + policy.excessMs);
  }

  #reportDecision(id: string, record: DecisionRecord): void {
    const { cell, telemetry, epoch } = this.#parts;
    const { table } = cell.state;
    const victims = record.decision.victims.flatMap((victim) => table.get(victim.id) ?? []);
    const preemptor = table.get(record.decision.preemptor.id);
    telemetry.emit({ name: 'preemption.decided', id, epoch, record, preemptor, victims });
  }

  /** Requests a turn for when time alone may change the decision: the task has waited for long enough, a minimum run time or a breaker ends. */
  #wakeFor(decisions: readonly Decision[], now: EpochMs): void {
    const at = Math.min(...decisions.map(({ wakeAt }) => wakeAt ?? Number.POSITIVE_INFINITY));
    if (Number.isFinite(at)) this.#parts.core.requestTurnAt(Math.max(at, now + BACKOFF_MS));
  }
}

/** What the result of a round depends on most: which tasks wait, and how many express slots are free. */
const inputOf = ({ waiting, workers }: Snapshot): string => {
  const express = workers.reduce((sum, { express: free = 0 }) => sum + free, 0);
  return `${express} ${waiting.map(({ id }) => id).join(' ')}`;
};
