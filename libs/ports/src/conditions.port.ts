import type { Verdict } from '@precedent/contract-types';
import type { Evaluation, Expressions } from './expressions.port.ts';

/** What a condition is about: how a task ended. */
export interface ConditionInput {
  readonly id: string;
  readonly state: Verdict;
  /** `null`: none. */
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ConditionOutcome extends Pick<Evaluation, 'failure' | 'read'> {
  /** What the condition says; absent when it could not be decided. */
  readonly holds?: boolean;
}

/** Expressions, and conditions over how a task ended. */
export interface Conditions extends Expressions {
  /** Why a text is no condition: its syntax, an unknown name, types that do not fit, a limit. */
  problemOf(condition: string): string | undefined;
  /** Never throws, and takes a bounded time. */
  decide(condition: string, input: ConditionInput): ConditionOutcome;
}

/** What an evaluation says as a condition. */
export const conditionOutcome = ({ value, failure, read }: Evaluation): ConditionOutcome => {
  if (failure !== undefined) return { failure, read };
  if (typeof value === 'boolean') return { holds: value, read };
  return { failure: `says ${value === null ? 'null' : `a ${typeof value}`} and not true or false`, read };
};
