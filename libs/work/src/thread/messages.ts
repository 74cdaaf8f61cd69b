import type { Problem } from '@precedent/kernel';

/** The functions that a thread can run, by name. Their inputs and outputs must be cloneable. */
export type CallTable = Readonly<Record<string, (input: never) => unknown>>;

export type InputOf<Table extends CallTable, Name extends keyof Table> = Parameters<Table[Name]>[0];
export type OutputOf<Table extends CallTable, Name extends keyof Table> = Awaited<ReturnType<Table[Name]>>;

/** To the thread, one at a time. */
export interface CallMessage {
  readonly name: string;
  readonly input: unknown;
}

/** From the thread: the outcome of the call. */
export type AnswerMessage = { readonly output: unknown } | { readonly problem: Problem };

/** From the thread before that: the call begins. The time limit of a call does not include the start of the thread. */
export const BEGUN = 'begun';
