import type { EpochMs, Problem } from '@precedent/kernel';
import type { Read, RunFact } from './run-facts.ts';
import type { RunState } from './run-state.ts';

/** What an expression says: a value of JSON, or why it has none. */
export interface Evaluated {
  readonly value?: unknown;
  readonly failure?: string | undefined;
  readonly read: Read;
}

/** What decides about a run besides its state. */
export interface RunContext {
  readonly now: EpochMs;
  /** Pure and bounded. */
  readonly evaluate: (text: string, input: Readonly<Record<string, unknown>>) => Evaluated;
}

/** What expressions read: the input of the run, and the steps that have ended. */
export const viewOf = (run: RunState): Readonly<Record<string, unknown>> => ({
  input: run.input,
  steps: Object.fromEntries(
    [...run.steps]
      .filter(([, step]) => step.hasEnded)
      .map(([name, { state, result, error }]) => [
        name,
        { state, result: result ?? null, error: error ? { code: error.code, message: error.message } : null },
      ]),
  ),
});

/** The error of a step whose expression has no value. */
export const undecided = (text: string, { failure, read }: Evaluated): Problem => {
  const values = Object.entries(read).map(([path, value]) => `${path} is ${value}`);
  const shown = values.length === 0 ? '' : ` (${values.join(', ')})`;
  return {
    code: 'CONDITION_FAILED',
    message: `${text}: ${failure}${shown}`,
    details: { expression: text, read },
  };
};

export const failedWith = (step: string, error: Problem, read?: Read): RunFact => ({
  type: 'ended',
  step,
  state: 'failed',
  error,
  ...(read && { read }),
});
