import type { DryRunView, StartEstimate, TaskView, WhyView } from '@precedent/contract-types';
import { defined, ownValue, timesText } from '@precedent/kernel';
import { maskedDecisions } from './mask-decision.ts';
import { maskedTask } from './mask-task.ts';
import type { Visibility } from './visibility.ts';

/**
 * Why a task of the caller is where it is. Its place in the queue is left out, because it counts the tasks of others, and the time to its
 * start is coarse.
 */
export const maskedWhy = (view: WhyView, visible: Visibility): WhyView => {
  const task = maskedTask(view.task);
  const decisions = maskedDecisions(view.decisions, visible);
  const last = decisions[0]?.explanation;
  return {
    task,
    reasons: [...reasonsOf(task), ...(last === undefined ? [] : [last])],
    ...(view.startsInMs && { startsInMs: coarseStart(view.startsInMs) }),
    ...defined({ duration: view.duration, endsInMs: view.endsInMs }),
    preemptedBy: maskedDecisions(view.preemptedBy, visible),
    displaced: maskedDecisions(view.displaced, visible),
    decisions,
  };
};

const reasonsOf = (task: TaskView): string[] => {
  const { preemptions = 0 } = task;
  return [stateReason(task), ...(preemptions > 0 ? [`it was preempted ${timesText(preemptions)}`] : [])];
};

const stateReason = ({ state, stopping, waiting, worker, error }: TaskView): string => {
  if (waiting !== undefined) return `${waiting.detail}${error ? `: ${error.message}` : ''}`;
  if (stopping !== undefined) return `it is being stopped on ${worker ?? 'its worker'} (${stopping})`;
  if (state === 'running') return `it runs on ${worker ?? 'a worker'}`;
  return `it is ${state}${error ? `: ${error.message}` : ''}`;
};

/** Without the number of runs that it rests on: others' runs are among them. */
const coarseStart = ({ earliest, likely, latest, basis }: StartEstimate): StartEstimate => ({
  earliest: coarse(earliest),
  likely: coarse(likely),
  latest: coarse(latest),
  basis,
});

const STEPS = [1, 2, 5, 10];

/** The next of 1, 2, 5, 10, 20, 50 … */
const coarse = (ms: number): number => {
  if (!(ms > 1)) return Math.ceil(ms) > 0 ? 1 : 0;
  const power = 10 ** Math.floor(Math.log10(ms));
  return power * (STEPS.find((step) => step * power >= ms) ?? 10);
};

/** By the outcome of a dry run; another outcome gets no text of its own. */
const OUTCOME_TEXTS: Readonly<Record<string, string>> = {
  starts: 'a fitting slot is free',
  no_worker: 'no worker fits it',
  no_free_slot: 'the slots that fit it are taken or reserved',
  machine_load: 'the machines of the workers that fit it are too busy for more tasks of its band',
  preempted: 'it would take its place from running tasks of a lower band',
  reclaim_idle: 'it would take a place at which no work is lost',
  express: 'it would start in an express slot, above the slot count of its worker',
  reservation_stolen: 'it would take over what is reserved for a task of a lower band',
  wait_natural: 'it would wait: a slot is free sooner than a victim could leave, or it may not preempt yet',
  infeasible: 'it would wait: no task may be preempted for it',
  denied_budget: 'it would wait: the budgets of the tasks that would be preempted are used up',
  breaker_open: 'it would wait: preemption in its pool is off',
  may_not_preempt: 'it would wait: it may not preempt other tasks',
};

/** What would happen to a task of the caller: its own running tasks and what would become of them, none of others. */
export const maskedDryRun = (
  { startsOn, outcome, candidates }: DryRunView,
  visible: Visibility,
): DryRunView => ({
  ...(startsOn !== undefined && { startsOn }),
  outcome,
  explanation: ownValue(OUTCOME_TEXTS, outcome) ?? 'it would wait for a slot',
  // The worker of a candidate is named by its session, which only the worker itself may know.
  candidates: candidates.filter(({ id }) => visible.seesTask(id)).map((one) => ({ ...one, worker: '' })),
});
