import type { Job } from '@precedent/contract-types';
import { ownValue } from '@precedent/kernel';
import { traceparentOf } from '../traceparent.ts';
import { RUN_VARIABLE } from './run-tag.ts';

/** Variables that a command inherits from the worker; any other one could be a secret of the worker. */
export const INHERITED_ENV = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
] as const;

/** The PATH when neither the worker nor the task has one. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What the environment says about the checkpoint of an attempt. */
export interface CheckpointFacts {
  /** `undefined`: the command has none. */
  readonly folder: string | undefined;
  /** Whether it was filled with the files of an earlier run. */
  readonly isResumed: boolean;
  /** 1 for a start from zero. */
  readonly segment: number;
}

export interface EnvironmentSources {
  readonly job: Job;
  /** The worker's own environment. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** Names taken over from it. */
  readonly inherit: readonly string[];
  readonly tag: string;
  readonly checkpoint: CheckpointFacts;
}

/** The environment of a command: inherited names, then the task's own, then the facts of the attempt, which a task cannot forge. */
export const environmentOf = (sources: EnvironmentSources): Record<string, string> => {
  const { job, own, inherit, tag, checkpoint } = sources;
  const traceparent = traceparentOf(job);
  const inherited = inherit.flatMap((name) => {
    const value = ownValue(own, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    PATH: DEFAULT_PATH,
    ...Object.fromEntries(inherited),
    ...job.task.env,
    ...(traceparent !== undefined && { TRACEPARENT: traceparent }),
    PRECEDENT_TASK_ID: job.id,
    PRECEDENT_ATTEMPT: String(job.attempt),
    PRECEDENT_EPOCH: String(job.epoch),
    [RUN_VARIABLE]: tag,
    ...(checkpoint.folder !== undefined && { PRECEDENT_CHECKPOINT_DIR: checkpoint.folder }),
    PRECEDENT_RESUMED: checkpoint.isResumed ? '1' : '0',
    PRECEDENT_SEGMENT: String(checkpoint.segment),
  };
};
