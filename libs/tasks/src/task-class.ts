import { WORKFLOW_TYPE } from '@precedent/contract-types';
import type { JobBody, TaskSignature } from '@precedent/contract-types';
import { defaultBand } from '@precedent/kernel';
import type { Band, EpochMs, Origin } from '@precedent/kernel';
import type { PreemptMode } from './task-state.ts';

/** Milliseconds; 0 means: no such limit. */
export interface Timeouts {
  readonly queue: number;
  readonly attempt: number;
  readonly total: number;
  readonly heartbeat: number;
  /** From the request to stop until the code is ended by force. */
  readonly grace: number;
}

export interface RetryPolicy {
  /** Tries after the first. */
  readonly max: number;
  readonly delay: number;
  readonly backoff: number;
  readonly maxDelay: number;
  readonly jitter: number;
  readonly nonRetryable: readonly string[];
}

/** What a task sets in place of its band's rules of preemption. Milliseconds. */
export interface PreemptionOptions {
  readonly mode?: PreemptMode | 'never' | undefined;
  readonly checkpointDeadline?: number | undefined;
  readonly exempt?: number | undefined;
  readonly maxPreemptions?: number | undefined;
  readonly preempts?: boolean | undefined;
  readonly preemptAfter?: number | undefined;
}

export interface Resources {
  readonly cpu?: number | undefined;
  readonly memoryMb?: number | undefined;
  readonly gpu?: number | undefined;
  /** Labels that a worker must carry. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Who submitted a task. */
export interface Submitter {
  /** Of the principal. */
  readonly name: string;
  /** The id of its credential. */
  readonly credential: string;
  /** The key with which it signed the task. */
  readonly signer?: string | undefined;
}

/** What many tasks have in common. One object serves them all, so that a waiting task stays small. */
export interface TaskClass {
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  readonly band: Band;
  readonly pool: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: Resources;
  readonly timeouts: Timeouts;
  readonly retry: RetryPolicy;
  /** Conditions on the result: without them, a success is one. */
  readonly validate?: readonly string[] | undefined;
  /** Absent: the rules of its band. */
  readonly preemption?: PreemptionOptions | undefined;
  /** A security label: who sees the task, and its worker, need a clearance for it. */
  readonly security?: string | undefined;
  /** Absent when access is open. Not a part of what makes two submissions the same. */
  readonly by?: Submitter | undefined;
  /** The band that it was submitted with, where `band` was changed since. */
  readonly submittedBand?: Band | undefined;
}

/** A checked task, as an ingress submits it. */
export interface Submission extends Readonly<{ [K in keyof JobBody]: JobBody[K] | undefined }> {
  readonly id?: string | undefined;
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  readonly type?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly band?: Band | undefined;
  readonly origin?: Origin | undefined;
  readonly pool?: string | undefined;
  readonly security?: string | undefined;
  readonly resources?: Resources | undefined;
  readonly timeouts?: Partial<{ [K in keyof Timeouts]: number | undefined }> | undefined;
  readonly retry?: Partial<{ [K in keyof RetryPolicy]: RetryPolicy[K] | undefined }> | undefined;
  readonly validate?: readonly string[] | undefined;
  readonly preemption?: PreemptionOptions | undefined;
  readonly signature?: TaskSignature | undefined;
  /** From an ingress that knows it. */
  readonly by?: Submitter | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly expiresAt?: EpochMs | undefined;
}

/** What fills the gaps of a submission. */
export interface TaskDefaults {
  readonly namespace: string;
  readonly project: string;
  readonly pool: string;
  readonly timeouts: Readonly<Record<Band, Timeouts>>;
  readonly retry: RetryPolicy;
}

const EMPTY = Object.freeze({});

/** The class of a submission, with every default in its place. `ingressBand` is the band of the subject that it came by. */
export const classOf = (task: Submission, defaults: TaskDefaults, ingressBand?: Band): TaskClass => {
  const band = bandFor(task, ingressBand);
  return {
    namespace: task.namespace ?? defaults.namespace,
    project: task.project ?? defaults.project,
    type: task.type ?? 'command',
    band,
    pool: task.pool ?? defaults.pool,
    labels: task.labels ?? EMPTY,
    resources: task.resources ?? EMPTY,
    timeouts: filled(defaults.timeouts[band], task.timeouts),
    retry: filled(defaults.retry, task.retry),
    ...(task.validate && { validate: task.validate }),
    ...(task.preemption && { preemption: task.preemption }),
    ...(task.security !== undefined && { security: task.security }),
    ...(task.by !== undefined && { by: task.by }),
  };
};

/** The band of a submission: its own, that of the subject that it came by, or that of its origin. */
export const bandFor = (task: Submission, ingressBand?: Band): Band =>
  task.band ?? ingressBand ?? defaultBand(task.origin ?? 'api');

const filled = <T extends object>(
  defaults: T,
  given: Partial<{ [K in keyof T]: T[K] | undefined }> | undefined,
): T => {
  if (given === undefined) return defaults;
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.assign({}, defaults, Object.fromEntries(known));
};

/** Two submissions with the same text have the same class; the same class may come from several texts. */
export const classKey = (task: Submission, ingressBand?: Band): string =>
  JSON.stringify([
    task.namespace,
    task.project,
    task.type,
    task.band ?? ingressBand ?? task.origin,
    task.pool,
    task.labels,
    task.resources,
    task.timeouts,
    task.retry,
    task.preemption,
    task.by,
    task.security,
    task.validate,
  ]);

/** What a submission has of its own, with the keys in the order of RFC 8785. Most tasks wait for no other and repeat none: theirs are smaller. */
export const jobBodyOf = (task: Submission): Pick<Submission, keyof JobBody> => {
  const { args, command, cwd, env, name, payload, traceparent } = task;
  if (task.dependsOn === undefined && task.join === undefined && task.redriveOf === undefined)
    return { args, command, cwd, env, name, payload, traceparent };
  const { dependsOn, join, redriveOf } = task;
  return { args, command, cwd, dependsOn, env, join, name, payload, redriveOf, traceparent };
};

/** Whether a task is a run of a workflow: no worker runs it, its steps are tasks of their own. */
export const isRunOfWorkflow = ({ type }: Pick<TaskClass, 'type'>): boolean => type === WORKFLOW_TYPE;
