import type { EpochMs, Problem } from '@precedent/kernel';
import type { Ended } from '../ended.ts';
import { Items } from './items.ts';
import { keptResult, keepsResultsOf } from './kept-result.ts';
import { phaseAfter } from './run.machine.ts';
import type { RunFact, StepLink, StepVerdict } from './run-facts.ts';
import type { RunState } from './run-state.ts';
import type { StepState } from './step-state.ts';

type Fact<T extends RunFact['type']> = Extract<RunFact, { readonly type: T }>;

/** Applies one fact to a run that has begun. Every reader of the journal uses this function, so that all of them see the same run. */
export const applyRunFact = (run: RunState, fact: Exclude<RunFact, Fact<'begun'>>, at: EpochMs): void => {
  switch (fact.type) {
    case 'opened':
      return opened(run, fact, at);
    case 'skipped':
      run.step(fact.step).cause = fact.cause;
      run.step(fact.step).error = { code: 'SKIPPED', message: fact.message, details: { cause: fact.cause } };
      return ended(run, fact.step, { state: 'skipped', at });
    case 'ended':
      return ended(run, fact.step, { ...fact, at });
    case 'again':
      run.step(fact.step).dueAt = fact.dueAt;
      return;
    case 'signalled':
      return signalled(run, fact);
    case 'decided': {
      const { step, by, approve, comment } = fact;
      const state = run.step(step);
      state.decisions = [...state.decisions, { by, approve, comment, at }];
      run.changed.add(step);
      return;
    }
    case 'paused':
      run.phase = phaseAfter(run.phase, 'PAUSED');
      run.pausedAt = at;
      return;
    case 'resumed':
      return resumed(run, at);
    case 'cancelling':
      run.phase = phaseAfter(run.phase, 'CANCELLED');
      endPause(run, at);
      run.cancelled = { cause: fact.cause, reason: fact.reason };
      return all(run);
    case 'compensating':
      run.phase = phaseAfter(run.phase, 'COMPENSATED');
      return;
    case 'uncompensated':
      run.step(fact.step).compensation = 'failed';
      return;
  }
};

/** The steps that a rerun takes over have ended before it begins. */
export const applyReused = (run: RunState, { reused = {} }: Fact<'begun'>, at: EpochMs): void => {
  for (const [name, { state, result }] of Object.entries(reused)) {
    run.step(name).isReused = true;
    ended(run, name, { state, result, at });
  }
};

const all = (run: RunState): void => {
  for (const [name, step] of run.steps) if (!step.hasEnded) run.changed.add(name);
};

const opened = (run: RunState, { step: name, items, dueAt }: Fact<'opened'>, at: EpochMs): void => {
  const step = run.step(name);
  step.state = 'open';
  step.openedAt = at;
  step.dueAt = dueAt;
  if (items !== undefined) step.items = new Items(items, keepsResultsOf(run.plan, name));
  run.open++;
  run.changed.add(name);
};

const signalled = (run: RunState, { name, key, payload }: Fact<'signalled'>): void => {
  if (key !== undefined) run.signalKeys.add(`${name} ${key}`);
  const waiting = run.signals.get(name) ?? [];
  run.signals.set(name, [...waiting, { payload: payload ?? null }]);
  for (const [step, { state }] of run.steps) if (state === 'open') run.changed.add(step);
};

const resumed = (run: RunState, at: EpochMs): void => {
  run.phase = phaseAfter(run.phase, 'RESUMED');
  endPause(run, at);
  all(run);
};

/** Relative times stood still. */
const endPause = (run: RunState, at: EpochMs): void => {
  const pausedMs = at - (run.pausedAt ?? at);
  for (const step of run.steps.values()) if (step.dueAt !== undefined) step.dueAt += pausedMs;
  run.pausedAt = undefined;
};

interface StepEnd {
  readonly state: StepVerdict;
  readonly at: EpochMs;
  readonly result?: unknown;
  readonly error?: Problem | undefined;
}

const ended = (run: RunState, name: string, { state, at, result, error }: StepEnd): void => {
  const step = run.step(name);
  if (step.hasEnded) return;
  if (step.state === 'open') run.open--;
  if (step.state === 'open') takeSignal(run, name, state);
  step.state = state;
  step.result = keptResult(run.plan, name, result ?? step.items?.results);
  step.error = error ?? step.error;
  step.order = run.ended++;
  step.endedAt = at;
  step.dueAt = undefined;
  step.items = undefined;
  run.changed.delete(name);
  for (const dependant of run.planned(name).dependants) run.changed.add(dependant);
  failIfUnexpected(run, name, { state, at });
};

const FAILURES: ReadonlySet<StepVerdict> = new Set(['failed', 'timed_out', 'cancelled']);

/** A failure that no other step expects fails the run. */
const failIfUnexpected = (
  run: RunState,
  name: string,
  { state, at }: Pick<StepEnd, 'state' | 'at'>,
): void => {
  const phase = phaseAfter(run.phase, 'STEP_FAILED');
  if (!FAILURES.has(state) || run.planned(name).isExpectedToFail || phase === run.phase) return;
  run.phase = phase;
  endPause(run, at);
  run.failed = name;
  all(run);
};

/** A step that completes with a signal has taken the first one of its name. */
const takeSignal = (run: RunState, name: string, state: StepVerdict): void => {
  const { signal } = run.planned(name).spec;
  if (signal !== undefined && state === 'completed') run.signals.get(signal.name ?? name)?.shift();
};

/** A task of a step was accepted. */
export const stepTaskStarted = (run: RunState, { step: name, index, round, compensates }: StepLink): void => {
  const step = run.step(name);
  if (compensates) step.compensation = 'open';
  else {
    step.open++;
    step.started++;
    step.dueAt = undefined;
    if (round !== undefined) step.round = round;
    if (index !== undefined) step.items?.started(index, batchOf(run, name));
    run.changed.add(name);
  }
};

/** A task of a step has its verdict. The step of a single task ends with it; for the others `nextMove` decides. */
export const stepTaskEnded = (
  run: RunState,
  link: StepLink,
  end: Ended & { readonly at: EpochMs; readonly problem?: Problem | undefined },
): void => {
  const { step: name, index, compensates } = link;
  const step = run.step(name);
  if (compensates) {
    step.compensation = end.verdict === 'completed' ? 'done' : 'failed';
    return;
  }
  step.open--;
  run.changed.add(name);
  if (index !== undefined) settleItem(run, name, index, end);
  else if (run.planned(name).kind === 'repeat') holdRound(step, end);
  else ended(run, name, { state: stateOf(end), at: end.at, result: end.result, error: end.problem });
};

const settleItem = (run: RunState, name: string, index: number, { verdict, result }: Ended): void =>
  run.step(name).items?.settled(index, batchOf(run, name), { isMet: verdict === 'completed', result });

/** What its condition is about, until it is decided whether there is another round. */
const holdRound = (step: StepState, end: Ended & { readonly problem?: Problem | undefined }): void => {
  step.result = end.verdict === 'completed' ? (end.result ?? null) : undefined;
  step.error =
    end.verdict === 'completed' ? undefined : (end.problem ?? { code: 'CANCELLED', message: end.verdict });
};

const stateOf = ({ verdict }: Ended): StepVerdict => (verdict === 'rejected' ? 'failed' : verdict);

export const batchOf = (run: RunState, name: string): number => run.planned(name).spec.map?.batch ?? 1;
