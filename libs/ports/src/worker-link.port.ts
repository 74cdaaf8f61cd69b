import type { AheadRank, LeaderHeartbeat, Resume, StopReason, WorkerSignal } from '@precedent/contract-types';
import type { StopCause, TaskClass } from '@precedent/tasks';

/** One lease, as it is sent to its worker. */
export interface AssignedLease {
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly class: TaskClass;
  /** JSON text of the task's body. */
  readonly body: string;
  /** Of the task; absent for one of an older version. */
  readonly digest?: string | undefined;
  /** W3C trace context of this run; absent when it is not traced. */
  readonly traceparent?: string | undefined;
  /** Absent when earlier leases have left nothing. */
  readonly resume?: Resume | undefined;
  /** It waits at the worker for a slot, in this order; absent: it starts at once. */
  readonly ahead?: AheadRank | undefined;
}

export const stopReasonOf = (cause: StopCause): StopReason => (cause === 'cancel' ? 'cancelled' : 'timeout');

/** From the engine to worker sessions. At most once: heartbeats show what was lost, and the engine repeats it. */
export interface WorkerLink {
  assign(session: string, leases: readonly AssignedLease[]): void;
  signal(session: string, signals: readonly WorkerSignal[]): void;
  /** Sends nothing that changes anything: it shows whether a client listens. */
  probe(session: string): void;
  /** To all workers of the cell: this engine is alive and is the owner. */
  sendLeaderHeartbeat(heartbeat: LeaderHeartbeat): void;
  /** Called with a session to which something could not be delivered: no client listens there. */
  onUnreachable(listener: (session: string) => void): void;
}
