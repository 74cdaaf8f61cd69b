import type { DecisionView } from '@precedent/contract-types';
import { fieldOf, ownValue } from '@precedent/kernel';
import { HIDDEN_ID, hiddenTaskText } from './visibility.ts';
import type { Visibility } from './visibility.ts';

/** By the `reason` of a recorded decision: what it does, without the tasks, workers and figures that it names. */
const REASON_TEXTS: Readonly<Record<string, string>> = {
  leaving: 'is given what is about to be free; no task is preempted',
  reclaimed: 'takes its place from tasks that have not started or only wait; no work is lost',
  higher_band: 'takes over what is reserved for a task of a lower band; no work is lost',
  express_slot: 'starts in an express slot, above the slot count of its worker',
  preempt_after: 'waits: it may not preempt yet',
  natural_end: 'waits: there is room sooner than a victim could leave',
  not_worth_it: 'waits: preempting would cost more than it saves',
  held: 'waits: it may not preempt other tasks',
  no_worker: 'waits: no worker that fits it is large enough',
  no_candidates: 'waits: no task may be preempted for it',
  not_enough: 'waits: all that may be preempted for it would not make enough room on one worker',
  replans: 'waits: the victims that it was given did not yield, too often',
  budget: 'waits: the budgets of the tasks that would be preempted are used up',
  cap: 'waits: its pool has had its preemptions for now',
  breaker: 'waits: preemption in its pool is off, because it did more harm than good',
};

/** A decision as its own tasks' owner sees it, without the record; `undefined` where none of the caller's tasks is in it. */
export const maskedDecision = (view: DecisionView, visible: Visibility): DecisionView | undefined => {
  const victims = view.victims.filter((id) => visible.seesTask(id));
  const isOwn = visible.seesTask(view.task);
  if (!isOwn && victims.length === 0) return undefined;
  return {
    id: view.id,
    at: view.at,
    task: isOwn ? view.task : HIDDEN_ID,
    outcome: view.outcome,
    victims,
    explanation: explanationOf(view, victims, visible),
    record: null,
  };
};

export const maskedDecisions = (views: readonly DecisionView[], visible: Visibility): DecisionView[] =>
  views.flatMap((view) => maskedDecision(view, visible) ?? []);

const explanationOf = (view: DecisionView, victims: readonly string[], visible: Visibility): string => {
  const decision = fieldOf(view.record, 'decision');
  const { base, tenant } = preemptorOf(decision);
  const preemptor = visible.seesTask(view.task) ? view.task : hiddenTaskText(visible, base, tenant);
  const reason = fieldOf(decision, 'reason');
  const known = typeof reason === 'string' ? ownValue(REASON_TEXTS, reason) : undefined;
  if (view.victims.length > 0) return `${preemptor} takes its place from ${victimsText(view, victims)}.`;
  return `${preemptor} ${known ?? 'waits, or starts without a victim'}.`;
};

const preemptorOf = (decision: unknown): { base: unknown; tenant: unknown } => {
  const preemptor = fieldOf(decision, 'preemptor');
  return { base: fieldOf(preemptor, 'base'), tenant: fieldOf(preemptor, 'tenant') };
};

/** Without a count of the others. */
const victimsText = ({ victims: all }: DecisionView, own: readonly string[]): string => {
  const others = all.length > own.length ? ['tasks that the caller may not see'] : [];
  return [...own, ...others].join(', ');
};
