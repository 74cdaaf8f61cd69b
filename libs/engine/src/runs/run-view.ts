import type { OpenApprovalView, RunStepView, RunView } from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import type { RunState } from '@precedent/orchestration';
import { isSettled } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import { stepTaskId } from './step-id.ts';

/** A run as every interface shows it. */
export const runViewOf = (row: TaskRow, run: RunState): RunView => ({
  id: row.id,
  namespace: row.class.namespace,
  project: row.class.project,
  phase: isSettled(row.state) ? 'ended' : run.phase,
  ...defined({ workflow: run.workflow?.name, revision: run.workflow?.revision, rerunOf: run.rerunOf }),
  steps: [...run.steps.keys()].map((name) => stepViewOf(row, run, name)),
  ...(run.signals.size > 0 && { signals: waitingSignals(run) }),
});

const waitingSignals = ({ signals }: RunState): readonly string[] =>
  [...signals].flatMap(([name, all]) => all.map(() => name));

const SINGLE: ReadonlySet<string> = new Set(['task', 'child']);

const stepViewOf = (row: TaskRow, run: RunState, name: string): RunStepView => {
  const step = run.step(name);
  const { kind, needs } = run.planned(name);
  const isTask = SINGLE.has(kind) && step.started > 0;
  return {
    name,
    kind,
    state: step.state,
    needs: needs.map((need) => need.step),
    ...defined({
      task: isTask ? stepTaskId({ run: row.id, step: name }) : undefined,
      startedAt: step.openedAt,
      endedAt: step.endedAt,
      dueAt: step.state === 'open' ? step.dueAt : undefined,
      round: step.round > 0 ? step.round : undefined,
      compensation: step.compensation,
      reused: step.isReused || undefined,
      result: step.result,
      error: step.error,
    }),
    ...(step.items && { items: itemsOf(step.items) }),
    ...(step.decisions.length > 0 && { decisions: step.decisions }),
  } as RunStepView;
};

const itemsOf = ({ count, completed, lost, open }: NonNullable<ReturnType<RunState['step']>['items']>) => ({
  count,
  completed,
  failed: lost,
  open,
});

/** The approvals of a run that can be given now. */
export const openApprovalsOf = (row: TaskRow, run: RunState): readonly OpenApprovalView[] =>
  [...run.steps].flatMap(([name, { state, openedAt = 0, dueAt, decisions }]) => {
    const { approval } = run.planned(name).spec;
    if (state !== 'open' || approval === undefined) return [];
    const { message, by, count, fourEyes, comment, risk } = approval;
    const { namespace, project } = row.class;
    const about = defined({ workflow: run.workflow?.name, submittedBy: row.class.by?.name, dueAt });
    const options = defined({ message, by, count, fourEyes, comment, risk });
    return [
      { id: row.id, step: name, namespace, project, ...about, ...options, since: openedAt, decisions },
    ] as OpenApprovalView[];
  });
