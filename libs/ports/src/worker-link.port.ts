import type { EpochMs } from '@precedent/kernel';
import type { Checkpoint, StopCause, TaskClass, Undo } from '@precedent/tasks';

/** One lease, handed to its worker. */
export interface AssignedLease {
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly class: TaskClass;
  /** JSON text of the task's body. */
  readonly body: string;
  /** W3C trace context of this run; absent when it is not traced. */
  readonly traceparent?: string | undefined;
  /** Absent when earlier leases have left nothing. */
  readonly resume?: LeaseResume | undefined;
}

/** What earlier leases of a task have left. */
export interface LeaseResume {
  readonly checkpoint?: Checkpoint | undefined;
  /** To be carried out in reverse before anything else. */
  readonly undo: readonly Undo[];
  readonly segments: number;
}

export type LinkSignal =
  | {
      readonly kind: 'stop';
      readonly id: string;
      readonly epoch: number;
      readonly reason: LinkStopReason;
      readonly graceMs: number;
    }
  | {
      readonly kind: 'yield';
      readonly id: string;
      readonly epoch: number;
      readonly reason: 'preempted' | 'drain';
      readonly deadlineMs: number;
    }
  | {
      readonly kind: 'suspend' | 'resume';
      readonly id: string;
      readonly epoch: number;
      /** Which order to freeze this is, or takes back. */
      readonly decision: string;
    }
  | { readonly kind: 'who' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'drain' };
export type LinkStopReason = 'cancelled' | 'timeout' | 'preempted' | 'lease_lost' | 'shutdown';

export const stopReasonOf = (cause: StopCause): LinkStopReason =>
  cause === 'cancel' ? 'cancelled' : 'timeout';

export interface Beacon {
  readonly cell: string;
  readonly engine: string;
  readonly epoch: number;
  readonly at: EpochMs;
}

/** From the engine to worker sessions. At most once: heartbeats show what was lost, and the engine says it again. */
export interface WorkerLink {
  assign(session: string, leases: readonly AssignedLease[]): void;
  signal(session: string, signals: readonly LinkSignal[]): void;
  /** To all workers of the cell: this engine is alive and is the owner. */
  beacon(beacon: Beacon): void;
  /** Called with a session to which something could not be delivered: nobody listens there. */
  onUnreachable(listener: (session: string) => void): void;
}
