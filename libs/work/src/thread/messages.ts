import type { Problem } from '@precedent/kernel';

/** What threads can be called for: a name, and a function of values that can be cloned. */
export type CallTable = Readonly<Record<string, (input: never) => unknown>>;

export type InputOf<Table extends CallTable, Name extends keyof Table> = Parameters<Table[Name]>[0];
export type OutputOf<Table extends CallTable, Name extends keyof Table> = Awaited<ReturnType<Table[Name]>>;

/** To the thread, one at a time. */
export interface CallMessage {
  readonly name: string;
  readonly input: unknown;
}

/** From the thread: what came of the call. */
export type AnswerMessage = { readonly output: unknown } | { readonly problem: Problem };

/** From the thread before that: it has begun to work. It takes time to start a thread, which is not the call's. */
export const BEGUN = 'begun';
