import type { Problem } from '@precedent/kernel';
import { needsOutcome, skipCauseOf } from './needs-outcome.ts';
import type { NeedsOutcome } from './needs-outcome.ts';
import { openStep } from './open-step.ts';
import { factMove, openMove, stop } from './open-moves.ts';
import type { RunMove, RunVerdict } from './open-moves.ts';
import { undecided, viewOf } from './run-context.ts';
import type { RunContext } from './run-context.ts';
import type { RunState } from './run-state.ts';
import type { StepState } from './step-state.ts';
import { stepSubmission } from './step-task.ts';

/**
 * The next thing to do for a run; `undefined`: it waits. The caller does it, folds what it has recorded, and asks again. A step is looked at
 * only when something has changed for it, so what happens to one item of 100,000 costs no more than to one of ten.
 */
export const nextMove = (run: RunState, context: RunContext): RunMove | undefined => {
  for (const name of run.changed) {
    const move = stepMove(run, name, context);
    if (move !== undefined) return move;
    run.changed.delete(name);
  }
  return phaseMove(run, context);
};

/** When a run that waits has to be looked at again; `undefined`: when something happens to it. */
export const nextDue = (run: RunState): number | undefined => {
  if (run.phase === 'paused') return undefined;
  let first: number | undefined;
  for (const { state, dueAt } of run.steps.values())
    if (state === 'open' && dueAt !== undefined && dueAt < (first ?? Number.POSITIVE_INFINITY)) first = dueAt;
  return first;
};

/** Steps whose time has come. */
export const dueSteps = (run: RunState, now: number): void => {
  if (run.phase === 'paused') return;
  for (const [name, { state, dueAt }] of run.steps)
    if (state === 'open' && dueAt !== undefined && dueAt <= now) run.changed.add(name);
};

const stepMove = (run: RunState, name: string, context: RunContext): RunMove | undefined => {
  const step = run.step(name);
  if (step.hasEnded || run.phase === 'compensating') return undefined;
  if (step.state === 'waiting') return waitingMove(run, name, context);
  if (run.phase === 'paused') return undefined;
  if (isStopped(run)) return stopMove(run, name, step);
  return openMove(run, name, context);
};

/** What is open is to end. */
const isStopped = ({ phase, plan }: RunState): boolean =>
  phase === 'cancelling' || (phase === 'failing' && plan.spec.onFailure === 'cancel');

/** A step with tasks ends with them; any other ends now. */
const stopMove = (run: RunState, name: string, step: StepState): RunMove | undefined => {
  const isAbandoned = run.planned(name).spec.child?.close === 'abandon';
  if (step.open > 0 && !isAbandoned) return stop(run, name);
  return factMove({ type: 'ended', step: name, state: 'cancelled', error: STOPPED });
};

const STOPPED: Problem = { code: 'CANCELLED', message: 'the run was cancelled, or has failed' };

const waitingMove = (run: RunState, name: string, context: RunContext): RunMove | undefined => {
  if (run.phase === 'cancelling')
    return factMove({ type: 'ended', step: name, state: 'cancelled', error: STOPPED });
  const found = needsOutcome(run, run.planned(name));
  if (found.outcome === 'broken') return factMove(skippedFact(run, name, found));
  if (found.outcome === 'waits' || run.phase === 'paused') return undefined;
  if (run.phase === 'failing' && !found.isForFailure) return undefined;
  return factMove(openStep(run, name, context));
};

const skippedFact = (run: RunState, name: string, { lost }: NeedsOutcome) => {
  const cause = lost === undefined ? 'dependency' : skipCauseOf(run, lost);
  const message = lost === undefined ? 'it can not start any more' : lostText(run, lost);
  return { type: 'skipped', step: name, cause, message } as const;
};

const lostText = (run: RunState, { step, on, branch }: NonNullable<NeedsOutcome['lost']>): string => {
  const { state, result } = run.step(step);
  const is = state.replace('_', ' ');
  if (branch === undefined) return `it needs ${on} of step ${step}, which is ${is}`;
  return `it needs branch ${branch} of step ${step}, which is ${is} with ${JSON.stringify(result ?? null)}`;
};

/** Nothing is left to do for single steps. */
const phaseMove = (run: RunState, context: RunContext): RunMove | undefined => {
  if (run.open > 0 || run.phase === 'paused') return undefined;
  if (run.phase === 'running')
    return run.ended === run.steps.size ? settle(completedWith(run, context)) : undefined;
  if (run.phase === 'compensating') return compensationMove(run, context);
  // One whose needs have all ended: what waits behind it may depend on its end.
  const waiting = [...run.steps.keys()].find((name) => isNext(run, name));
  if (waiting === undefined) return factMove({ type: 'compensating' });
  return factMove({
    type: 'skipped',
    step: waiting,
    cause: 'dependency',
    message: `step ${run.failed} failed`,
  });
};

/** It waits, and nothing that it needs does. */
const isNext = (run: RunState, name: string): boolean =>
  !run.step(name).hasEnded && run.planned(name).needs.every(({ step }) => run.step(step).hasEnded);

const settle = (verdict: RunVerdict): RunMove => ({ kind: 'settle', verdict });

const completedWith = (run: RunState, { evaluate }: RunContext): RunVerdict => {
  const { output } = run.plan.spec;
  if (output === undefined) return { state: 'completed', result: leafResults(run) };
  const said = evaluate(output, viewOf(run));
  if (said.failure === undefined) return { state: 'completed', result: said.value };
  return { state: 'failed', error: undecided(output, said) };
};

/** The results of the steps that no other step needs. */
const leafResults = (run: RunState): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    [...run.steps]
      .filter(([name, { result }]) => run.planned(name).dependants.length === 0 && result !== undefined)
      .map(([name, { result }]) => [name, result]),
  );

const compensationMove = (run: RunState, context: RunContext): RunMove | undefined => {
  if ([...run.steps.values()].some(({ compensation }) => compensation === 'open')) return undefined;
  const last = lastToUndo(run);
  if (last === undefined) return settle(endOfStopped(run));
  const made = stepSubmission(run, run.planned(last).spec.compensate ?? {}, context);
  if ('error' in made) return factMove({ type: 'uncompensated', step: last, error: made.error });
  return { kind: 'submit', link: { step: last, compensates: true }, task: made.task };
};

/** The last completed step that has something to undo it and was not undone. */
const lastToUndo = (run: RunState): string | undefined => {
  let last: string | undefined;
  for (const [name, { state, compensation, order = 0 }] of run.steps) {
    const canUndo = state === 'completed' && compensation === undefined && run.planned(name).spec.compensate;
    if (canUndo && order >= (last === undefined ? -1 : (run.step(last).order ?? 0))) last = name;
  }
  return last;
};

const endOfStopped = (run: RunState): RunVerdict => {
  const { cancelled, failed = '' } = run;
  if (cancelled?.cause === 'total') return { state: 'timed_out' };
  if (cancelled) return { state: 'cancelled', reason: cancelled.reason ?? '' };
  const { error, state } = run.step(failed);
  const undone = (what: 'done' | 'failed'): readonly string[] =>
    [...run.steps].filter(([, { compensation }]) => compensation === what).map(([name]) => name);
  const message = `step ${failed} is ${state.replace('_', ' ')}${error ? `: ${error.message}` : ''}`;
  const details = {
    step: failed,
    cause: error?.code,
    compensated: undone('done'),
    compensationFailed: undone('failed'),
  };
  return { state: 'failed', error: { code: 'STEP_FAILED', message, details } };
};
