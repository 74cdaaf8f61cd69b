import type { Band, Problem } from '@precedent/kernel';
import { z } from 'zod';
import { BANDS } from '@precedent/kernel';
import { LIMITS } from './limits.ts';
import { labelsSchema, namespaceSchema, taskIdSchema } from './task-spec.ts';
import type { MachineLoad } from './worker-protocol.ts';

/** The states that a user sees (requirement D1), as far as this version reaches them. */
export const TASK_STATES = [
  'queued',
  'running',
  'preempted',
  'retrying',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'rejected',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const VERDICTS = ['completed', 'failed', 'cancelled', 'timed_out', 'rejected'] as const;
export type Verdict = (typeof VERDICTS)[number];
export const isVerdict = (state: string): state is Verdict => (VERDICTS as readonly string[]).includes(state);

/** Why a queued task does not run: what it waits for. */
export type WaitReason = 'no_worker' | 'no_free_slot' | 'machine_load' | 'backoff' | 'preempted';

/** A task as every interface shows it. Times are epoch milliseconds. */
export interface TaskView {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly name?: string;
  /** What it runs, as one line, cut; the history has the whole command. */
  readonly commandLine?: string;
  readonly type: string;
  readonly band: Band;
  readonly pool: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly state: TaskState;
  /** Set while the running code is being stopped. */
  readonly stopping?: 'cancel' | 'timeout' | 'total' | 'heartbeat' | 'preempt';
  readonly waiting?: { readonly reason: WaitReason; readonly detail: string };
  /** Attempts started so far. */
  readonly attempt: number;
  /** Retries used up. */
  readonly retries: number;
  readonly submittedAt: number;
  readonly startedAt?: number;
  readonly dueAt?: number;
  readonly settledAt?: number;
  readonly worker?: string;
  readonly progress?: { readonly fraction: number; readonly message?: string };
  /** Times that it gave up its place to a more urgent task. */
  readonly preemptions?: number;
  /** Where it goes on from. */
  readonly checkpoint?: {
    readonly epoch: number;
    readonly seq: number;
    readonly at: number;
    readonly bytes: number;
  };
  /** Rollback actions that failed: somebody has to look. */
  readonly rollbackFailed?: readonly { readonly name: string; readonly error: Problem }[];
  readonly result?: unknown;
  readonly error?: Problem;
}

/** A decision about a waiting task. `record` holds what it takes to make it again. */
export interface DecisionView {
  readonly id: string;
  readonly at: number;
  readonly task: string;
  readonly outcome: string;
  readonly victims: readonly string[];
  readonly explanation: string;
  readonly record: unknown;
}

/** Milliseconds: one in ten is quicker than `p10`, one in ten slower than `p90`; by `support` runs. */
export interface PredictedDuration {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly support: number;
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
  readonly task: TaskView;
  /** The chain of reasons, the nearest first. */
  readonly reasons: readonly string[];
  readonly place?: { readonly before: number; readonly ofBand: number };
  /** When it starts: earliest, likely, latest. */
  readonly startsInMs?: StartEstimate;
  /** How long an attempt of it takes, by what was like it. */
  readonly duration?: PredictedDuration;
  /** When its attempt ends, by the same; absent when it runs longer than nine in ten. */
  readonly endsInMs?: WithinMs;
  readonly preemptedBy: readonly DecisionView[];
  readonly displaced: readonly DecisionView[];
  readonly decisions: readonly DecisionView[];
}

/** What would happen now to a task like this; nothing is done. */
export interface DryRunView {
  readonly startsOn?: string;
  readonly outcome: string;
  readonly explanation: string;
  readonly candidates: readonly { readonly id: string; readonly worker: string; readonly fate: string }[];
}

export const getRequestSchema = z.strictObject({ id: taskIdSchema });
export const cancelRequestSchema = z.strictObject({
  id: taskIdSchema,
  reason: z.string().max(500).optional(),
});
export const deleteRequestSchema = z.strictObject({
  id: taskIdSchema,
  /** Of the task: that of another namespace is not found. */
  namespace: namespaceSchema,
  /** The engine has forgotten the task: it asks the history whether it is of this namespace. */
  forgotten: z.literal(true).optional(),
});
export const waitRequestSchema = z.strictObject({
  id: taskIdSchema,
  timeoutMs: z.number().int().min(0).max(LIMITS.waitMs).optional(),
});
export const listRequestSchema = z.strictObject({
  state: z.array(z.enum(TASK_STATES)).optional(),
  band: z.array(z.enum(BANDS)).optional(),
  namespace: z.string().optional(),
  project: z.string().optional(),
  type: z.string().optional(),
  /** All of them. */
  labels: labelsSchema.optional(),
  /** Epoch milliseconds of the submission: from here on, and before. */
  since: z.number().int().nonnegative().optional(),
  until: z.number().int().nonnegative().optional(),
  /** How the id begins. */
  idPrefix: taskIdSchema.optional(),
  limit: z.number().int().min(1).max(LIMITS.listed).optional(),
});
export const decisionsRequestSchema = z.strictObject({
  task: taskIdSchema.optional(),
  limit: z.number().int().min(1).max(LIMITS.listed).optional(),
});
export const emptyRequestSchema = z.strictObject({});

export type ListRequest = z.infer<typeof listRequestSchema>;
export interface DeleteReply {
  readonly id: string;
  readonly deleted: true;
}

/** Running tasks first, then recent verdicts, then those that wait, in run order. */
export interface ListReply {
  readonly tasks: readonly TaskView[];
  /** There are more than the limit. */
  readonly truncated: boolean;
  /** Tasks that were deleted a moment ago: a history may still have them. */
  readonly deleted?: readonly string[];
}

export interface WorkerView {
  readonly id: string;
  readonly session: string;
  readonly state: 'ready' | 'draining';
  readonly types: readonly string[];
  readonly pools: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly slots: number;
  readonly busy: number;
  readonly version: string;
  readonly connectedAt: number;
  readonly lastHeardAt: number;
  /** How busy its machine is; absent: it does not say. */
  readonly load?: MachineLoad;
}

export interface BandStatus {
  readonly queued: number;
  readonly queuedBytes: number;
  readonly running: number;
  readonly retrying: number;
}

/** A program of the `precedent up` that started the engine. */
export interface PartStatus {
  readonly name: string;
  /** `absent`: it could not be started. */
  readonly state: 'running' | 'restarting' | 'absent';
  /** Epoch milliseconds, since when it is in this state. */
  readonly at: number;
  /** How often it ended by itself and was started again. */
  readonly restarts: number;
  /** Why it ended last, or could not be started. */
  readonly reason?: string;
}

export interface EngineStatus {
  readonly state: string;
  readonly cell: string;
  readonly epoch: number;
  readonly version: string;
  readonly startedAt: number;
  readonly journalSeq: number;
  readonly bands: Readonly<Record<Band, BandStatus>>;
  readonly settled: Readonly<Record<Verdict, number>>;
  readonly workers: number;
  readonly slots: number;
  /** How many workers are how busy; those that do not say are not counted. */
  readonly loads: Readonly<Record<MachineLoad['level'], number>>;
  /** Reports refused because their lease had ended, or their task was unknown. */
  readonly staleReports: number;
  /** Journal entries that no engine appended: somebody else publishes into its subject. They are passed over. */
  readonly voidEntries: number;
  readonly memoryMb: number;
  /** Absent when the engine was started by something else than `precedent up`. */
  readonly parts?: readonly PartStatus[];
  /** Engines that would take the cell over, by name. Absent in the answer of an older engine. */
  readonly standby?: readonly string[];
}
