import type { DryRunView } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import { explain, inspect } from '@precedent/scheduling';
import type { Submission, TaskClass } from '@precedent/tasks';
import type { CellView } from '../cell/cell-view.ts';
import type { Preemption } from '../preemption/preemption.ts';
import { candidateOf } from '../preemption/scheduling-snapshot.ts';
import type { WorkerSession } from '../workers/worker-session.ts';
import { takesNow, unfitReasons, waitReasonOf } from './wait-reason.ts';

const DRY_RUN_ID = 'dry-run';

/** What would happen to a task that is submitted now. Nothing is recorded, and nothing is preempted. */
export const dryRunOf = (cell: CellView, preemption: Preemption, task: Submission): DryRunView => {
  const taskClass = cell.state.classes.of(task);
  const queueClass = cell.queueClasses.of(taskClass);
  const eligible = cell.fleet.eligible(queueClass);
  if (eligible.length === 0)
    return withoutDecision('no_worker', unfitReasons(cell.fleet, queueClass).join('; '));
  const free = eligible.find((session) => takesNow(session, taskClass));
  if (free) return { startsOn: free.profile.worker, ...withoutDecision('starts', 'a fitting slot is free') };
  const accepting = eligible.filter((session) => session.admission(rankOf(taskClass.band)).admits);
  const waits = waitReasonOf(eligible, taskClass, cell.clock.now());
  if (accepting.length === 0 && waits) return withoutDecision(waits.reason, waits.detail);
  const waiting = hypotheticalTask(cell, taskClass, accepting);
  const snapshot = preemption.preemptor.snapshot([waiting]);
  const { decision, skip, candidates } = inspect(snapshot, preemption.policy, DRY_RUN_ID);
  const explanation = decision
    ? explain(decision)
    : (waits?.detail ?? `no decision is made: ${skip ?? 'nothing is in its way'}`);
  return { outcome: decision?.outcome ?? skip ?? 'none', explanation, candidates };
};

const withoutDecision = (outcome: string, explanation: string): DryRunView => ({
  outcome,
  explanation,
  candidates: [],
});

const hypotheticalTask = (
  { clock, state }: CellView,
  taskClass: TaskClass,
  accepting: readonly WorkerSession[],
) => {
  const now = clock.now();
  const sessions = accepting.map(({ session }) => session);
  return {
    ...candidateOf(DRY_RUN_ID, taskClass, sessions),
    queue: DRY_RUN_ID,
    order: state.table.nextOrder,
    submittedAt: now,
    waitingSince: now,
  };
};
