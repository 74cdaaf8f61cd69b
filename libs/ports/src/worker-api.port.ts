import type {
  BlockedLoop,
  HelloReply,
  LeaseRef,
  LeaseStep,
  MachineLoad,
  QuietLease,
  SettledLease,
  SuspendedLease,
  WorkerHello,
} from '@precedent/contract-types';
import type { Submitter } from '@precedent/tasks';
import type { OrProblem, Reply } from './task-api.port.ts';

/** A task that runs, as it was submitted. */
export interface LeasedTask {
  readonly id: string;
  readonly namespace: string;
  readonly type: string;
  readonly payload: unknown;
  /** Absent where access is open. */
  readonly by?: Submitter | undefined;
}

/**
 * What worker sessions report to the engine of their cell. A lease counts only with its current epoch and from the session that holds
 * it. Answers come by callback, once, after the commit. No method throws.
 */
export interface WorkerApi {
  hello(hello: WorkerHello, reply: Reply<OrProblem<HelloReply>>): void;
  /** `running` are all leases that the session holds, the suspended ones too. */
  heartbeat(
    session: string,
    running: readonly LeaseRef[],
    quiet: readonly QuietLease[],
    suspended?: readonly SuspendedLease[],
  ): void;
  /** Code of a handler blocks the event loop of the worker, which sends no heartbeat: its leases go on, and it gets no new one. */
  blocked(session: string, blocked: BlockedLoop): void;
  progress(session: string, lease: LeaseRef, fraction: number, message?: string): void;
  /** Answers with the leases that were refused: ended, or never made. `started`: leases that were assigned ahead and run now. */
  report(
    session: string,
    settled: readonly SettledLease[],
    reply: Reply<readonly LeaseRef[]>,
    started?: readonly LeaseRef[],
  ): void;
  /** Makes a step of a lease durable. STALE_EPOCH when the lease has ended. */
  recordStep(
    session: string,
    lease: LeaseRef,
    step: LeaseStep,
    reply: Reply<OrProblem<{ readonly ok: true }>>,
  ): void;
  /** The code of a lease must not be cut for `maxMs`; 0: it may be cut again. */
  atomic(session: string, lease: LeaseRef, maxMs: number): void;
  load(session: string, load: MachineLoad): void;
  /** The session that holds a lease; `undefined` for one that has ended, or was never made. */
  holderOf(lease: LeaseRef): string | undefined;
  /** The task of a lease that this session holds; `undefined` for another one, and for one that has ended. */
  leased(session: string, lease: LeaseRef): LeasedTask | undefined;
  draining(session: string): void;
  bye(session: string, reply: Reply<void>): void;
}
