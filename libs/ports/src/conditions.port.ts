import type { Verdict } from '@precedent/contract-types';

/** What a condition is about: how a task ended. */
export interface ConditionInput {
  readonly id: string;
  readonly state: Verdict;
  /** `null`: none. */
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ConditionOutcome {
  /** What the condition says; absent when it could not be decided. */
  readonly holds?: boolean;
  /** Why it could not be decided: a missing field, an operation that does not apply, a limit. */
  readonly failure?: string;
  /** What it read, as JSON, by path: the values are cut. */
  readonly read: Readonly<Record<string, string>>;
}

/** Conditions that users write. They read nothing but their input: no clock, no randomness, no network. */
export interface Conditions {
  /** Why a text is no condition: its syntax, an unknown name, types that do not fit, a limit. */
  problemOf(condition: string): string | undefined;
  /** Never throws, and takes a bounded time. */
  decide(condition: string, input: ConditionInput): ConditionOutcome;
}
