import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { Dependency, Join } from './dependency.ts';
import type { RedriveOf } from './redrive.ts';

/** Of a worker's machine, from an idle one to one that is about to fail. */
export const LOAD_LEVELS = ['normal', 'elevated', 'high', 'critical'] as const;
export type LoadLevel = (typeof LOAD_LEVELS)[number];

export type LeaseRef = readonly [id: string, epoch: number];
/** A lease whose handler gave its last sign of life that many milliseconds ago. */
export type QuietLease = readonly [id: string, epoch: number, quietMs: number];
/** A lease that is suspended, with the decision of the signal that the worker obeyed. */
export type SuspendedLease = readonly [id: string, epoch: number, decision: string];

/** How busy the machine of a worker is. */
export interface MachineLoad {
  /** Shares of what there is, 0 to 1: of the container's limits where it has some. */
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
  readonly ioWait: number;
  readonly level: LoadLevel;
  /** How many tasks the worker should run at once now; what runs beyond that goes on. */
  readonly recommended: number;
  /** Bands that should get nothing new on this worker now, lowest first. */
  readonly throttled: readonly Band[];
  /** Where the level `high` begins, 0 to 1. */
  readonly thresholds?: Readonly<Record<'cpu' | 'memory' | 'disk' | 'ioWait', number>> | undefined;
}

/** What a worker session says of itself. */
export interface WorkerHello {
  readonly session: string;
  /** Stable name; a new session of the same worker ends the old one. */
  readonly worker: string;
  readonly version: string;
  readonly types: readonly string[];
  /** Those of the types whose attempts it can suspend and resume. */
  readonly suspends?: readonly string[] | undefined;
  readonly pools: readonly string[];
  /** Security labels of tasks that it may run; `*` among them: all. None when left out, but all where access is open. */
  readonly clearances?: readonly string[] | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: {
    readonly cpu?: number | undefined;
    readonly memoryMb?: number | undefined;
    readonly gpu?: number | undefined;
  };
  readonly slots: number;
  /** Tasks above its slots that it takes when urgent work finds all slots taken. None when left out. */
  readonly express?: number | undefined;
  /** Unstarted leases that it keeps for its next free slots. None when left out: it starts what it is assigned at once, or returns it. */
  readonly ahead?: number | undefined;
  /** The leases that it still holds. */
  readonly running: readonly LeaseRef[];
  /** Those of them that were assigned ahead and have not started. */
  readonly unstarted?: readonly LeaseRef[] | undefined;
  readonly load?: MachineLoad | undefined;
}

export type HelloMessage = WorkerHello & { readonly kind: 'hello' };

/** The answer to hello. `keep`: leases that go on; every other one that the worker named must be stopped. */
export interface HelloReply {
  readonly ok: true;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly keep: readonly LeaseRef[];
}

/** Reported of a session whose worker sends nothing itself, because code of a handler blocks its event loop. */
export interface BlockedLoop {
  /** Milliseconds since the event loop went on last. */
  readonly ms: number;
  /** The attempts of which one blocks it; `LIMITS.blockersNamed` at most. */
  readonly tasks: readonly LeaseRef[];
  /** Where that code is: a function, a file and a line, as in a stack trace. */
  readonly place?: string | undefined;
}

export interface CheckpointStep {
  readonly kind: 'checkpoint';
  /** Counts the steps of one lease, from 1. */
  readonly seq: number;
  /** SHA-256 of the state's JSON text, in hex. */
  readonly hash: string;
  /** Of the code that wrote the state; another version migrates it, or starts from zero. */
  readonly version: string;
  readonly bytes: number;
  /** The state itself, up to `LIMITS.checkpointInlineBytes`; otherwise `ref` names it in the object store. */
  readonly state?: unknown;
  readonly ref?: string | undefined;
  readonly fraction?: number | undefined;
}

/** A rollback action, durable before the effect that it undoes. Its kind on the wire is an older name. A checkpoint makes it superfluous. */
export interface RollbackStep {
  readonly kind: 'undo';
  readonly seq: number;
  readonly name: string;
  readonly payload?: unknown;
}

/** A rollback action was carried out, or failed for good. `of` is the `seq` of the action. */
export interface RollbackResultStep {
  readonly kind: 'undone';
  readonly seq: number;
  readonly of: number;
  /** The lease that registered the action, when that was an earlier one. */
  readonly ofEpoch?: number | undefined;
  readonly error?: Problem | undefined;
}

/** A step of a lease that is to survive it. */
export type LeaseStep = CheckpointStep | RollbackStep | RollbackResultStep;

/**
 * How one lease ended on its worker.
 * completed: the handler returned. failed: it threw, or its process failed. stopped: it ended because of a stop signal.
 * yielded: it stopped at a safe point, and goes on from its last checkpoint; no retry is spent.
 * returned: it was never started (draining, unknown type), or was given back; no retry is spent.
 */
export interface SettledLease {
  readonly id: string;
  readonly epoch: number;
  readonly outcome: (typeof LEASE_OUTCOMES)[number];
  /** That of the assignment that was run. */
  readonly digest?: string | undefined;
  readonly result?: unknown;
  readonly error?:
    | (Problem & { readonly name?: string | undefined; readonly retryable?: boolean | undefined })
    | undefined;
}
export const LEASE_OUTCOMES = ['completed', 'failed', 'stopped', 'yielded', 'returned'] as const;

/** `refused`: leases that had ended before, or were never made. */
export interface ReportReply {
  readonly ok: true;
  readonly refused: readonly LeaseRef[];
}

/** One attempt to run, as its handler sees it. `task` is the body: name, payload, command, args, cwd, env. */
export interface Job {
  readonly id: string;
  readonly epoch: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  /** The security label of the task: what it writes must be for cleared readers only. */
  readonly security?: string;
  readonly task: JobBody;
  /** W3C trace context of this run, where the engine traces it. That of the submitter is in `task`. */
  readonly traceparent?: string;
}

/** One task for a worker to run. */
export interface Assignment extends Job {
  /** SHA-256 of `specText`, in base64url, as it was at the submission; absent for a task of an older version. */
  readonly digest?: string;
  readonly band: Band;
  /** Milliseconds from receipt until the attempt must end. */
  readonly attemptMs: number;
  /** Milliseconds between a request to stop and the forced end. */
  readonly graceMs: number;
  /** Milliseconds between signs of life of the handler; 0: none needed. */
  readonly heartbeatMs: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Where to go on from; absent when no earlier lease has left anything. */
  readonly resume?: Resume;
  /** It waits for the next slot that becomes free, in this order; absent: it starts at once. */
  readonly ahead?: AheadRank;
}

/** The place of a lease that was assigned ahead: a higher rank starts first, then the earlier order. */
export type AheadRank = readonly [rank: number, order: number];

/** What earlier leases of a task have left. */
export interface Resume {
  readonly checkpoint?: Omit<CheckpointStep, 'kind' | 'seq'> & {
    readonly epoch: number;
    readonly seq: number;
  };
  /** Rollback actions since that checkpoint, oldest first: to be carried out in reverse before anything else. */
  readonly undo: readonly (Omit<RollbackStep, 'kind'> & { readonly epoch: number })[];
  /** Runs of this task before this one that ended without a verdict. */
  readonly segments: number;
}

/** What a task has of its own, as a worker sees it. */
export interface JobBody {
  readonly name?: string;
  readonly payload?: unknown;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The tasks that it waited for. */
  readonly dependsOn?: readonly Dependency[];
  readonly join?: Join;
  /** The task that it repeats. */
  readonly redriveOf?: RedriveOf;
  /** W3C trace context of the submitter. */
  readonly traceparent?: string;
}

export interface AssignMessage {
  readonly tasks: readonly Assignment[];
}

/**
 * stop: end this lease's code (grace, then force). yield: stop it at its next safe point, within the deadline; the engine sends
 * a stop when it is late. suspend: freeze its process, and list the lease as suspended when that is done; the slot is free then.
 * resume: thaw it, if it is frozen for this decision. recall: return these leases, if they were assigned ahead and have not started.
 * who: identify yourself with another hello. drain: take no more work.
 */
export type WorkerSignal =
  | {
      readonly kind: 'stop';
      readonly id: string;
      readonly epoch: number;
      readonly reason: StopReason;
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
      /** Which order to suspend this is, or takes back. Older engines name none. */
      readonly decision?: string;
    }
  | { readonly kind: 'recall'; readonly leases: readonly LeaseRef[] }
  | { readonly kind: 'who' }
  /** Without content: it shows whether the session still listens. */
  | { readonly kind: 'ping' }
  | { readonly kind: 'drain' };

export type StopReason = 'cancelled' | 'timeout' | 'preempted' | 'lease_lost' | 'shutdown';

/** Why running code is to stop; the reason of the context's AbortSignal. */
export interface StopRequest {
  readonly reason: StopReason;
  /** Milliseconds until the code is ended by force; a handler inside the worker's process cannot be, so it should obey. */
  readonly graceMs: number;
}

/** Why the code is to stop at its next safe point, and after how many milliseconds it is stopped by force. */
export interface YieldRequest {
  readonly reason: 'preempted' | 'drain';
  readonly deadlineMs: number;
}

export interface SignalMessage {
  readonly signals: readonly WorkerSignal[];
}

/** A piece of an attempt's output, kept in the log stream under the task's subject. */
export interface LogChunk {
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr' | 'log';
  readonly at: EpochMs;
  readonly text: string;
  /** The cap was reached: what follows was dropped. */
  readonly truncated?: true;
}

/** About once a second, from the engine that owns a cell to all its workers: contact, and the name of the owner. */
export interface LeaderHeartbeat {
  readonly cell: string;
  readonly engine: string;
  readonly epoch: number;
  readonly at: EpochMs;
}
