import type { ApprovalStep, MapStep, StepTask } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { failedWith, undecided, viewOf } from './run-context.ts';
import type { RunContext } from './run-context.ts';
import type { RunFact, StepLink } from './run-facts.ts';
import type { RunState } from './run-state.ts';
import { stepSubmission } from './step-task.ts';
import type { StepSubmission } from './step-task.ts';
import type { StepState } from './step-state.ts';

/** The next thing to do for a run. */
export type RunMove =
  | { readonly kind: 'fact'; readonly fact: RunFact }
  | { readonly kind: 'submit'; readonly link: Omit<StepLink, 'run'>; readonly task: StepSubmission }
  /** Cancel the open tasks of a step. */
  | { readonly kind: 'cancel'; readonly step: string }
  | { readonly kind: 'settle'; readonly verdict: RunVerdict };

export type RunVerdict =
  | { readonly state: 'completed'; readonly result: unknown }
  | { readonly state: 'failed'; readonly error: Problem }
  | { readonly state: 'cancelled'; readonly reason: string }
  | { readonly state: 'timed_out' };

export const factMove = (fact: RunFact): RunMove => ({ kind: 'fact', fact });

type OpenMove = (run: RunState, name: string, context: RunContext) => RunMove | undefined;

/** What an open step does next, by its kind; `undefined`: it waits. A choice is never open. */
export const openMove: OpenMove = (run, name, context) => {
  switch (run.planned(name).kind) {
    case 'task':
      return singleTask(run, name, context);
    case 'child':
      return childRun(run, name, context);
    case 'map':
      return mapMove(run, name, context);
    case 'repeat':
      return repeatMove(run, name, context);
    case 'approval':
      return approvalMove(run, name, context);
    case 'signal':
      return signalMove(run, name, context);
    case 'sleep':
      return isDue(run.step(name), context) ? completed(name, null) : undefined;
    case 'choice':
      return undefined;
  }
};

const completed = (step: string, result: unknown): RunMove =>
  factMove({ type: 'ended', step, state: 'completed', result });

const isDue = ({ dueAt }: StepState, { now }: RunContext): boolean => dueAt !== undefined && dueAt <= now;

const singleTask: OpenMove = (run, name, context) => {
  const { task = {} } = run.planned(name).spec;
  return run.step(name).started > 0 ? undefined : submitMove(run, { link: { step: name }, task }, context);
};

/** What is submitted for a step, and the names that only its expressions know. */
interface Submitted {
  readonly link: Omit<StepLink, 'run'>;
  readonly task: StepTask;
  readonly locals?: Readonly<Record<string, unknown>>;
}

const submitMove = (run: RunState, { link, task, locals }: Submitted, context: RunContext): RunMove => {
  const made = stepSubmission(run, task, context, locals);
  if ('task' in made) return { kind: 'submit', link, task: made.task };
  return factMove(failedWith(link.step, made.error));
};

const childRun: OpenMove = (run, name, context) => {
  const { workflow, input } = run.planned(name).spec.child ?? { workflow: '' };
  if (run.step(name).started > 0) return undefined;
  const made = stepSubmission(run, { with: input ?? {} }, context);
  if ('error' in made) return factMove(failedWith(name, made.error));
  const payload = { workflow, input: made.task['payload'] };
  return { kind: 'submit', link: { step: name }, task: { type: 'workflow', payload } };
};

/** How many items may fail. */
export const toleratedOf = ({ tolerate }: Pick<MapStep, 'tolerate'>, count: number): number =>
  Math.max(tolerate?.count ?? 0, Math.floor((tolerate?.share ?? 0) * count));

const mapMove: OpenMove = (run, name, context) => {
  const { items } = run.step(name);
  const { map } = run.planned(name).spec;
  if (items === undefined || map === undefined) return undefined;
  const isFailed = items.lost > toleratedOf(map, items.count);
  if (items.ended === items.count || (isFailed && items.open === 0)) return mapEnd(name, items, isFailed);
  if (isFailed) return run.plan.spec.onFailure === 'cancel' ? stop(run, name) : undefined;
  const { next } = items;
  const isFull = map.concurrency !== undefined && run.step(name).open >= map.concurrency;
  if (next === undefined || isFull) return undefined;
  return submitMove(
    run,
    { link: { step: name, index: next }, task: map.task, locals: localsOf(map, items, next) },
    context,
  );
};

const localsOf = (
  { batch, over }: MapStep,
  { list, count }: Pick<NonNullable<StepState['items']>, 'list' | 'count'>,
  index: number,
) => {
  const from = typeof over === 'string' ? 0 : over.from;
  const item = (at: number): unknown => (list === undefined ? from + at : list[at]);
  if (batch === undefined) return { item: item(index), index };
  const size = Math.min(batch, count - index);
  return { items: Array.from({ length: size }, (_, at) => item(index + at)), index };
};

const mapEnd = (
  step: string,
  {
    completed: met,
    lost,
    count,
  }: { readonly completed: number; readonly lost: number; readonly count: number },
  isFailed: boolean,
): RunMove => {
  // The fold has the results of the items.
  if (!isFailed) return factMove({ type: 'ended', step, state: 'completed' });
  const message = `${lost} of ${count} items failed, ${met} completed`;
  return factMove(failedWith(step, { code: 'STEP_FAILED', message }));
};

const repeatMove: OpenMove = (run, name, context) => {
  const { repeat } = run.planned(name).spec;
  const step = run.step(name);
  if (repeat === undefined || step.open > 0) return undefined;
  const next = { step: name, round: step.round + 1 };
  if (step.round === 0 || isDue(step, context))
    return submitMove(run, { link: next, task: repeat.task, locals: { round: next.round } }, context);
  if (step.dueAt !== undefined) return undefined;
  if (step.error) return factMove(failedWith(name, step.error));
  const said = context.evaluate(repeat.until, { ...viewOf(run), result: step.result ?? null });
  if (typeof said.value !== 'boolean')
    return factMove(failedWith(name, undecided(repeat.until, said), said.read));
  if (said.value)
    return factMove({ type: 'ended', step: name, state: 'completed', result: step.result, read: said.read });
  if (step.round < repeat.max)
    return factMove({ type: 'again', step: name, dueAt: context.now + (repeat.delay ?? 0), read: said.read });
  const message = `its condition does not hold after ${step.round} rounds: ${repeat.until}`;
  return factMove(failedWith(name, { code: 'STEP_FAILED', message }, said.read));
};

const approvalMove: OpenMove = (run, name, context) => {
  const approval = run.planned(name).spec.approval ?? {};
  const { decisions } = run.step(name);
  const against = decisions.find(({ approve }) => !approve);
  if (against) return factMove(failedWith(name, rejected(against)));
  if (decisions.length >= (approval.count ?? 1)) return completed(name, approvedBy(run.step(name)));
  if (!isDue(run.step(name), context)) return undefined;
  return approval.onExpiry === 'approve'
    ? completed(name, { ...approvedBy(run.step(name)), expired: true })
    : factMove(failedWith(name, expired(approval)));
};

const approvedBy = ({ decisions }: StepState) => ({
  approved: true,
  decisions: decisions.map(({ by, comment }) => ({
    ...(by !== undefined && { by }),
    ...(comment !== undefined && { comment }),
  })),
});

const rejected = ({ by, comment }: StepState['decisions'][number]) => ({
  code: 'APPROVAL_REJECTED' as const,
  message: `rejected${by === undefined ? '' : ` by ${by}`}${comment === undefined ? '' : `: ${comment}`}`,
});

const expired = ({ count = 1 }: ApprovalStep) => ({
  code: 'APPROVAL_REJECTED' as const,
  message: `the time for it is over, and ${count === 1 ? 'no one has approved' : `fewer than ${count} have approved`}`,
});

const signalMove: OpenMove = (run, name, context) => {
  const { signal = {} } = run.planned(name).spec;
  const [first] = run.signals.get(signal.name ?? name) ?? [];
  if (first) return completed(name, first.payload);
  if (!isDue(run.step(name), context)) return undefined;
  if (signal.onTimeout === 'complete')
    return factMove({ type: 'ended', step: name, state: 'completed', result: null });
  const message = `no signal ${signal.name ?? name} came in time`;
  return factMove({ type: 'ended', step: name, state: 'timed_out', error: { code: 'STEP_FAILED', message } });
};

/** Requests the end of a step's tasks, once. */
export const stop = (run: RunState, step: string): RunMove | undefined =>
  run.stopping.has(step) ? undefined : { kind: 'cancel', step };
