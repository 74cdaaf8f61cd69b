import type { Band, Problem } from '@precedent/kernel';
import type { OrProblem, Reply } from './task-api.port.ts';

/** What a worker session says of itself. */
export interface WorkerHello {
  readonly session: string;
  readonly worker: string;
  readonly version: string;
  readonly types: readonly string[];
  /** Those of the types whose attempts it can freeze. */
  readonly suspends?: readonly string[] | undefined;
  readonly pools: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: {
    readonly cpu?: number | undefined;
    readonly memoryMb?: number | undefined;
    readonly gpu?: number | undefined;
  };
  readonly slots: number;
  readonly running: readonly LeaseRef[];
  /** How busy its machine is now; absent: it does not say. */
  readonly load?: WorkerLoad | undefined;
}

export type LeaseRef = readonly [id: string, epoch: number];
export type QuietLease = readonly [id: string, epoch: number, quietMs: number];
/** A lease that is frozen, by which decision. */
export type FrozenLease = readonly [id: string, epoch: number, decision: string];

export interface HelloAnswer {
  readonly ok: true;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly keep: readonly LeaseRef[];
}

/** How a lease ended on its worker. */
export interface SettledLease {
  readonly id: string;
  readonly epoch: number;
  readonly outcome: 'completed' | 'failed' | 'stopped' | 'yielded' | 'returned';
  readonly result?: unknown;
  readonly error?:
    | (Problem & { readonly name?: string | undefined; readonly retryable?: boolean | undefined })
    | undefined;
}

/** A step of a lease that is to survive it. */
export type LeaseStep =
  | {
      readonly kind: 'checkpoint';
      readonly seq: number;
      readonly hash: string;
      readonly version: string;
      readonly bytes: number;
      readonly state?: unknown;
      readonly ref?: string | undefined;
      readonly fraction?: number | undefined;
    }
  | { readonly kind: 'undo'; readonly seq: number; readonly name: string; readonly payload?: unknown }
  /** `of` is the `seq` of the action, `ofEpoch` the lease that registered it; its own when absent. */
  | {
      readonly kind: 'undone';
      readonly of: number;
      readonly ofEpoch?: number | undefined;
      readonly error?: Problem | undefined;
    };

/** How busy the machine of a worker is: shares from 0 to 1, and what it would rather run. */
export interface WorkerLoad {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
  readonly ioWait: number;
  readonly level: 'normal' | 'elevated' | 'high' | 'critical';
  /** Slots that it recommends to use at present. */
  readonly recommended: number;
  /** Bands of which it takes nothing new at present. */
  readonly throttled: readonly Band[];
  /** Where the level `high` begins, 0 to 1; absent: it does not say. */
  readonly thresholds?: Readonly<Record<'cpu' | 'memory' | 'disk' | 'ioWait', number>> | undefined;
}

/**
 * What worker sessions report to the engine of their cell. A lease counts only with its current epoch and from the session that holds
 * it. Answers come by callback, once, after the commit. No method throws.
 */
export interface WorkerApi {
  hello(hello: WorkerHello, reply: Reply<OrProblem<HelloAnswer>>): void;
  /** `running` are all leases that the session holds, the frozen ones too. */
  heartbeat(
    session: string,
    running: readonly LeaseRef[],
    quiet: readonly QuietLease[],
    frozen?: readonly FrozenLease[],
  ): void;
  progress(session: string, lease: LeaseRef, fraction: number, message?: string): void;
  /** Answers with the leases that were refused: ended, or never made. */
  report(session: string, settled: readonly SettledLease[], reply: Reply<readonly LeaseRef[]>): void;
  /** Makes a step of a lease durable. STALE_EPOCH when the lease has ended. */
  recordStep(
    session: string,
    lease: LeaseRef,
    step: LeaseStep,
    reply: Reply<OrProblem<{ readonly ok: true }>>,
  ): void;
  /** The code of a lease must not be cut for `maxMs`; 0: it may be cut again. */
  atomic(session: string, lease: LeaseRef, maxMs: number): void;
  load(session: string, load: WorkerLoad): void;
  draining(session: string): void;
  bye(session: string, reply: Reply<void>): void;
}
