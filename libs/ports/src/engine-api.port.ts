import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { DecisionRecord, Spread } from '@precedent/scheduling';
import type { Submission, VerdictName } from '@precedent/tasks';

/** One task at a door: checked, or known to be bad. `id` is derived by the door when the task names none. */
export type Offer =
  | { readonly task: Submission; readonly band?: Band; readonly id?: string }
  | { readonly problem: Problem; readonly id: string; readonly band: Band; readonly excerpt: string };

export type SubmitAnswer =
  | { readonly id: string; readonly seq: number; readonly duplicate?: true }
  | { readonly error: Problem };

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

export type PublicState = 'queued' | 'running' | 'preempted' | 'retrying' | VerdictName;

/** A task as it is shown. Times are epoch milliseconds. */
export interface TaskSnapshot {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly name?: string;
  /** What it runs, as one line, cut. */
  readonly commandLine?: string;
  readonly type: string;
  readonly band: Band;
  readonly pool: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly state: PublicState;
  readonly stopping?: 'cancel' | 'timeout' | 'total' | 'heartbeat' | 'preempt';
  readonly waiting?: {
    readonly reason: 'no_worker' | 'no_free_slot' | 'machine_load' | 'backoff' | 'preempted';
    readonly detail: string;
  };
  readonly attempt: number;
  readonly retries: number;
  readonly submittedAt: EpochMs;
  readonly startedAt?: EpochMs;
  readonly dueAt?: EpochMs;
  readonly settledAt?: EpochMs;
  readonly worker?: string;
  readonly progress?: { readonly fraction: number; readonly message?: string };
  /** Times that it gave up its place to a more urgent task. */
  readonly preemptions?: number;
  /** Where it goes on from. */
  readonly checkpoint?: {
    readonly epoch: number;
    readonly seq: number;
    readonly at: EpochMs;
    readonly bytes: number;
  };
  /** Rollback actions that failed: somebody has to look. */
  readonly rollbackFailed?: readonly { readonly name: string; readonly error: Problem }[];
  readonly result?: unknown;
  readonly error?: Problem;
}

export interface TaskFilter {
  readonly state?: readonly PublicState[] | undefined;
  readonly band?: readonly Band[] | undefined;
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  readonly type?: string | undefined;
  /** All of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Submitted from here on, and before. */
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  readonly idPrefix?: string | undefined;
  readonly limit?: number | undefined;
}

/** What the engine has at hand, and what was deleted a moment ago: a history may still have that. */
export interface TaskList {
  readonly tasks: readonly TaskSnapshot[];
  readonly truncated: boolean;
  readonly deleted?: readonly string[];
}

export interface DeleteRequest {
  readonly id: string;
  readonly namespace: string;
  /** The history has said that the task is of this namespace; the engine itself need not know it. */
  readonly forgotten?: true | undefined;
}

export interface DeleteAnswer {
  readonly id: string;
  readonly deleted: true;
}

export interface WorkerSnapshot {
  readonly id: string;
  readonly session: string;
  readonly state: 'ready' | 'draining';
  readonly types: readonly string[];
  readonly pools: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly slots: number;
  readonly busy: number;
  readonly version: string;
  readonly connectedAt: EpochMs;
  readonly lastHeardAt: EpochMs;
  readonly load?: WorkerLoad;
}

export interface BandSnapshot {
  readonly queued: number;
  readonly queuedBytes: number;
  readonly running: number;
  readonly retrying: number;
}

export interface EngineSnapshot {
  readonly state: string;
  readonly cell: string;
  readonly epoch: number;
  readonly startedAt: EpochMs;
  readonly journalSeq: number;
  readonly bands: Readonly<Record<Band, BandSnapshot>>;
  readonly settled: Readonly<Record<VerdictName, number>>;
  readonly workers: number;
  readonly slots: number;
  /** How many workers are how busy; those that do not say are not counted. */
  readonly loads: Readonly<Record<WorkerLoad['level'], number>>;
  readonly staleReports: number;
  /** Journal entries that no engine appended, passed over since the start and in its recovery. */
  readonly voidEntries: number;
}

/** A decision about a waiting task, as it was made. */
export interface DecisionView {
  readonly id: string;
  readonly at: EpochMs;
  readonly task: string;
  readonly outcome: string;
  readonly victims: readonly string[];
  /** In words. */
  readonly explanation: string;
  readonly record: DecisionRecord;
}

/** By `support` runs of what was like it. */
export interface PredictedDuration extends Spread {
  readonly support: number;
}

/** How long open tasks take that are alike. A hint: without it nothing is missing. */
export interface TaskPrediction {
  readonly ids: readonly string[];
  readonly duration: PredictedDuration;
}

/** Milliseconds from now. */
export interface WithinMs {
  readonly earliest: number;
  readonly likely: number;
  readonly latest: number;
}

export interface StartEstimate extends WithinMs {
  /** `predictions`: from how long those before it take; `pace`: from how many tasks were settled of late. */
  readonly basis: 'predictions' | 'pace';
  /** Runs that the weakest of the predictions rests on. */
  readonly support?: number;
}

/** Why a task is where it is. */
export interface WhyView {
  readonly task: TaskSnapshot;
  /** The chain of reasons, the nearest first. */
  readonly reasons: readonly string[];
  /** Tasks of its band and of higher ones that go before it, on the same workers. */
  readonly place?: { readonly before: number; readonly ofBand: number };
  /** When it starts: earliest, likely, latest. */
  readonly startsInMs?: StartEstimate;
  /** How long an attempt of it takes, by what was like it. */
  readonly duration?: PredictedDuration;
  /** When its attempt ends, by the same; absent when it runs longer than nine in ten. */
  readonly endsInMs?: WithinMs;
  readonly preemptedBy: readonly DecisionView[];
  readonly displaced: readonly DecisionView[];
  /** The last decisions about it. */
  readonly decisions: readonly DecisionView[];
}

/** What would happen now to a task like this; nothing is done. */
export interface DryRunView {
  /** It would start at once, on this worker. */
  readonly startsOn?: string;
  readonly outcome: string;
  readonly explanation: string;
  /** Every running task, and why it would or would not be taken. */
  readonly candidates: readonly { readonly id: string; readonly worker: string; readonly fate: string }[];
}

export type Reply<T> = (answer: T) => void;
export type OrProblem<T> = T | { readonly error: Problem };

/**
 * What every interface of the engine can ask of it. Answers come by callback, once, and never before all that they are
 * based on is durable. Nothing here throws.
 */
export interface EngineApi {
  submit(offers: readonly Offer[], reply: Reply<readonly SubmitAnswer[]>): void;
  cancel(id: string, reason: string, reply: Reply<OrProblem<TaskSnapshot>>): void;
  get(id: string, reply: Reply<OrProblem<TaskSnapshot>>): void;
  /** Answers at the verdict, or with the task as it is after `timeoutMs`. */
  wait(id: string, timeoutMs: number, reply: Reply<OrProblem<TaskSnapshot>>): void;
  list(filter: TaskFilter, reply: Reply<TaskList>): void;
  /** Of a settled task, everything. The same again is answered the same. */
  delete(request: DeleteRequest, reply: Reply<OrProblem<DeleteAnswer>>): void;
  workers(reply: Reply<readonly WorkerSnapshot[]>): void;
  status(reply: Reply<EngineSnapshot>): void;
  /** How many more tasks the drop door of a band may bring in now. */
  room(band: Band): number;

  hello(hello: WorkerHello, reply: Reply<OrProblem<HelloAnswer>>): void;
  /** `running` are all leases that it holds, the frozen ones too. */
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
  keep(
    session: string,
    lease: LeaseRef,
    step: LeaseStep,
    reply: Reply<OrProblem<{ readonly ok: true }>>,
  ): void;
  /** The code of a lease must not be cut for so long; 0: it may be again. */
  atomic(session: string, lease: LeaseRef, maxMs: number): void;
  load(session: string, load: WorkerLoad): void;
  /** How long open tasks take, as somebody believes. */
  predicted(predictions: readonly TaskPrediction[]): void;
  why(id: string, reply: Reply<OrProblem<WhyView>>): void;
  decisions(
    filter: { readonly task?: string | undefined; readonly limit?: number | undefined },
    reply: Reply<readonly DecisionView[]>,
  ): void;
  dryRun(task: Submission, reply: Reply<OrProblem<DryRunView>>): void;
  draining(session: string): void;
  bye(session: string, reply: Reply<void>): void;
}
