import { WORKFLOW_TYPE } from '@precedent/contract-types';
import { ChurnMap } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { dueSteps, nextDue, nextMove } from '@precedent/orchestration';
import type { RunFact, RunMove, RunState, RunVerdict, StepLink } from '@precedent/orchestration';
import { isSettled } from '@precedent/tasks';
import type { Submission, TaskMachineEvent, TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import { beginningOf } from './run-beginning.ts';
import { NO_RUNS } from './run-refusal.ts';
import { RunTimers } from './run-timers.ts';
import { stepTaskId } from './step-id.ts';
import { stepTaskOf } from './step-submission.ts';

/** Moves of all runs in one turn, at most: then other input comes first. The rest follows in the next turns. */
const MOVES_PER_TURN = 256;

/** Before a step is offered again that was refused because of too many tasks. Milliseconds. */
const FULL_MS = 1_000;

/** Where the tasks of steps are accepted. */
interface StepIngress {
  /** Why nothing can be recorded now. */
  readonly stalled: Problem | undefined;
  acceptStep(
    task: Submission,
    step: StepLink,
  ): { readonly id: string; readonly duplicate?: boolean } | { readonly error: Problem };
}

type Drive = (row: TaskRow, event: TaskMachineEvent) => void;

export type RunsParts = Pick<BaseParts, 'clock' | 'state' | 'outbox' | 'conditions' | 'readRunPayload'> & {
  readonly requestTurn: () => void;
  readonly drive: Drive;
  readonly submissions: () => StepIngress;
};

/**
 * Carries out what runs of workflows do next: `nextMove` says it, and what it says is recorded in the journal entry of the turn. A run that
 * waits costs nothing; an engine that recovers asks each open run once.
 */
export class Runs {
  readonly #parts: RunsParts;
  /** Runs that something has happened to. */
  readonly #ready = new ChurnMap<string, TaskRow>();
  readonly #timers: RunTimers;
  /** Tasks of steps that are to be cancelled: a run may have 100,000. */
  #toStop: TaskRow[] = [];

  constructor(parts: RunsParts) {
    this.#parts = parts;
    this.#timers = new RunTimers(parts.clock, (row) => this.#due(row));
  }

  /** A run may start, or was recovered. */
  adopt(row: TaskRow): void {
    if (this.#parts.state.runs.get(row.id) === undefined) this.#begin(row);
    else this.#touch(row);
  }

  /** A task of a step has its verdict. */
  stepEnded({ step }: TaskRow): void {
    const row = step && this.#parts.state.table.get(step.run);
    if (row?.state === 'orchestrating') this.#touch(row);
  }

  /** Records what happened to a run. */
  record(row: TaskRow, fact: RunFact): void {
    const record = { kind: 'run', id: row.id, at: this.#parts.clock.now(), fact } as const;
    this.#parts.outbox.record(record);
    this.#parts.state.runs.apply(record, row);
    this.#touch(row);
  }

  /** Asks each run that something has happened to; called once a turn. */
  carryOut(): void {
    let left = this.#stopSome(MOVES_PER_TURN);
    for (const row of this.#ready.values()) {
      if (this.#parts.submissions().stalled) break;
      this.#ready.delete(row.id);
      left = this.#carryOut(row, left);
      if (left > 0) continue;
      this.#ready.set(row.id, row);
      break;
    }
    if (this.#ready.size > 0 || this.#toStop.length > 0) this.#parts.requestTurn();
  }

  close(): void {
    this.#timers.stop();
  }

  #begin(row: TaskRow): void {
    const { state, readRunPayload = NO_RUNS } = this.#parts;
    const beginning = beginningOf(row, state, readRunPayload);
    if ('error' in beginning) return this.#fail(row, beginning.error);
    this.record(row, beginning);
  }

  #touch(row: TaskRow): void {
    this.#ready.set(row.id, row);
    this.#parts.requestTurn();
  }

  #due(row: TaskRow): void {
    const run = this.#parts.state.runs.get(row.id);
    if (run === undefined || row.state !== 'orchestrating') return;
    dueSteps(run, this.#parts.clock.now());
    this.#touch(row);
  }

  /** Returns how many of the moves are left. */
  #carryOut(row: TaskRow, moves: number): number {
    const { clock, conditions } = this.#parts;
    const run = this.#parts.state.runs.get(row.id);
    let left = moves;
    while (run !== undefined && row.state === 'orchestrating' && left-- > 0) {
      const move = nextMove(run, {
        now: clock.now(),
        evaluate: (text, input) =>
          conditions?.evaluate(text, input) ?? { failure: 'no expressions here', read: {} },
      });
      if (move === undefined) this.#timers.set(row, nextDue(run));
      if (move === undefined || !this.#do(row, run, move)) return left;
    }
    return left;
  }

  /** Returns whether the run can go on now. */
  #do(row: TaskRow, run: RunState, move: RunMove): boolean {
    switch (move.kind) {
      case 'fact':
        this.record(row, move.fact);
        return true;
      case 'submit':
        return this.#submit(row, move);
      case 'cancel':
        run.stopping.add(move.step);
        this.#cancel(row, move.step);
        return true;
      case 'settle':
        this.#settle(row, move.verdict);
        return false;
    }
  }

  #submit(row: TaskRow, { link, task }: Extract<RunMove, { kind: 'submit' }>): boolean {
    const step = { run: row.id, ...link };
    if (task['type'] === WORKFLOW_TYPE && this.#depthOf(row) >= DEPTH_MAX)
      return this.#refused(row, step, TOO_DEEP);
    const outcome = this.#parts
      .submissions()
      .acceptStep({ ...stepTaskOf(row, task), id: stepTaskId(step) }, step);
    if ('id' in outcome && outcome.duplicate !== true) return true;
    const error = 'error' in outcome ? outcome.error : taken(stepTaskId(step));
    if (error.code === 'QUEUE_FULL') {
      this.#timers.set(row, this.#parts.clock.now() + FULL_MS);
      return false;
    }
    return this.#refused(row, step, error);
  }

  #refused(row: TaskRow, step: StepLink, error: Problem): boolean {
    const fact = step.compensates
      ? ({ type: 'uncompensated', step: step.step, error } as const)
      : ({ type: 'ended', step: step.step, state: 'failed', error } as const);
    this.record(row, fact);
    return true;
  }

  /** How many runs it is within. */
  #depthOf(row: TaskRow): number {
    let depth = 0;
    for (let at: TaskRow | undefined = row; at?.step && depth < DEPTH_MAX; depth++)
      at = this.#parts.state.table.get(at.step.run);
    return depth;
  }

  /** Finds the open tasks of a step among all tasks. They are cancelled in the next turns. */
  #cancel(row: TaskRow, step: string): void {
    for (const other of this.#parts.state.table.rows.values())
      if (other.step?.run === row.id && other.step.step === step && !isSettled(other.state))
        this.#toStop.push(other);
    this.#parts.requestTurn();
  }

  /** Returns how many of the moves are left. */
  #stopSome(moves: number): number {
    const { clock, drive } = this.#parts;
    const some = this.#toStop.splice(0, moves);
    for (const row of some) {
      const reason = `its run ${row.step?.run ?? ''} ends`;
      if (row.state === 'orchestrating') this.cancel(row, 'cancel', reason);
      else if (!isSettled(row.state)) drive(row, { type: 'CANCEL_REQUESTED', at: clock.now(), reason });
    }
    return moves - some.length;
  }

  /** Ends a run: its steps are cancelled first, and what was done is undone. */
  cancel(row: TaskRow, cause: 'cancel' | 'total', reason?: string): void {
    const run = this.#parts.state.runs.get(row.id);
    if (run === undefined || run.phase === 'cancelling' || run.phase === 'compensating') return;
    this.record(row, { type: 'cancelling', cause, ...(reason !== undefined && { reason }) });
  }

  #settle(row: TaskRow, verdict: RunVerdict): void {
    const { drive, clock } = this.#parts;
    const at: EpochMs = clock.now();
    this.#timers.set(row, undefined);
    switch (verdict.state) {
      case 'completed':
        return drive(row, { type: 'COMPLETED', at, epoch: row.epoch, result: verdict.result });
      case 'failed':
        return this.#fail(row, verdict.error);
      case 'cancelled':
        return drive(row, { type: 'CANCEL_REQUESTED', at, reason: verdict.reason });
      case 'timed_out':
        return drive(row, { type: 'TOTAL_EXPIRED', at });
    }
  }

  #fail(row: TaskRow, error: Problem): void {
    const at = this.#parts.clock.now();
    this.#parts.drive(row, { type: 'FAILED', at, epoch: row.epoch, error, retryable: false, jitter: 0 });
  }
}

/** Runs within runs, at most: a workflow that starts itself comes to an end. */
const DEPTH_MAX = 16;

const TOO_DEEP: Problem = {
  code: 'INVALID_TASK',
  message: `a run within ${DEPTH_MAX} others starts no further one: does the workflow start itself?`,
};

const taken = (id: string): Problem => ({ code: 'TASK_EXISTS', message: `another task has the id ${id}` });
