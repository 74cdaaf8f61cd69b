import type { Band, EpochMs } from '@precedent/kernel';

/** Which tasks a limit is about. A member that is left out holds for every task. */
export interface LimitMatch {
  readonly band?: Band | undefined;
  /** The labels that a task must have, with these values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly pool?: string | undefined;
  readonly project?: string | undefined;
  readonly type?: string | undefined;
}

/** So many starts in each `per`. Milliseconds. */
export interface LimitRate {
  readonly limit: number;
  readonly per: number;
  /** Starts that may come at once after a quiet time; as many as fall into 10 ms when left out, and at least 1. */
  readonly burst?: number | undefined;
}

/**
 * What becomes of a task that is submitted while its key is full: it waits; it is refused; it is accepted and cancelled; or it is accepted,
 * and the ones before it are cancelled.
 */
export const ON_FULL = ['wait', 'reject', 'cancel_new', 'supersede'] as const;
export type OnFull = (typeof ON_FULL)[number];

/** How many tasks may run at once, and how many may start in a time: of each key, when there is one. */
export interface LimitSpec {
  /** Leases at once. */
  readonly concurrency?: number | undefined;
  readonly description?: string | undefined;
  /** CEL over `id`, `type`, `project`, `namespace`, `labels` and `payload`; tasks with the same value share a key. */
  readonly key?: string | undefined;
  readonly match?: LimitMatch | undefined;
  /** `wait` when left out. */
  readonly onFull?: OnFull | undefined;
  readonly rate?: LimitRate | undefined;
  /** It is about the tasks of all namespaces. */
  readonly wholeCell?: true | undefined;
}

/** A start under a rate: the limit as `namespace/name`, the key, and until when the starts of the key are booked with this one. */
export type LimitBooking = readonly [limit: string, key: string, bookedUntil: number];

/** One key of a limit. */
export interface LimitKeyView {
  readonly key: string;
  /** Tasks with a lease under it, the first few. */
  readonly holders: readonly string[];
  readonly held: number;
  /** Tasks that are queued under it, as far as they were looked at. */
  readonly waiting: number;
  /** When its rate, or a handler that requested a pause, lets the next task start; absent: now. */
  readonly opensAt?: EpochMs | undefined;
}

/** A limit with what is under it now. */
export interface LimitUseView {
  readonly name: string;
  readonly namespace: string;
  /** Those with most waiting tasks first, 1,000 at most. */
  readonly keys: readonly LimitKeyView[];
  /** All of them. */
  readonly keyCount: number;
  readonly held: number;
  readonly waiting: number;
  /** Since this engine leads. */
  readonly refused: number;
  readonly superseded: number;
}
