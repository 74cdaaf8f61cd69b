import type { EpochMs } from '@precedent/kernel';
import type { LeaseRef } from '@precedent/contract-types';
import type { ExpressEnd, OverdueEnd } from '@precedent/ports';

/** A lease whose code has not left by the deadline of its stop. */
export interface OverdueLease {
  readonly id: string;
  readonly epoch: number;
  /** The deadline. */
  readonly since: EpochMs;
}

/** What the session of a worker reports to its cell. */
export interface SessionListener {
  /** Code of a lease runs that no task has any more. */
  readonly held: (lease: LeaseRef) => void;
  /** The code of a lease has ended, or its worker is lost. */
  readonly released: (lease: LeaseRef) => void;
  /** The lease of a task has left its express slot. */
  readonly expressEnded: (worker: string, task: string, end: ExpressEnd, since: EpochMs) => void;
  /** The code of an overdue lease has ended, or its worker is lost. */
  readonly overdueEnded: (worker: string, lease: OverdueLease, end: OverdueEnd) => void;
  /** The event loop of the worker goes on. `since`: it was blocked from then. */
  readonly unblocked: (worker: string, since: EpochMs) => void;
}

export const NO_LISTENER: SessionListener = {
  held: () => undefined,
  released: () => undefined,
  expressEnded: () => undefined,
  overdueEnded: () => undefined,
  unblocked: () => undefined,
};
