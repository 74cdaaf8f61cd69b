import type { WorkflowSpec } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';

/** What a step was when it ended. */
export type StepVerdict = 'completed' | 'failed' | 'skipped' | 'cancelled' | 'timed_out';

/** What a condition or a value was made of: JSON by path. */
export type Read = Readonly<Record<string, string>>;

/** A registered workflow, in the revision that a run keeps. */
export interface WorkflowRef {
  readonly name: string;
  readonly revision: number;
}

/** A step of an earlier run whose outcome a rerun takes over. */
export interface ReusedStep {
  readonly state: StepVerdict;
  readonly result?: unknown;
}

/**
 * What the journal records of a run, apart from the tasks of its steps, whose own records say when they start and how they end. A run follows
 * from its facts and from these alone.
 */
export type RunFact =
  | {
      readonly type: 'begun';
      /** Absent where the definition came with the submission. */
      readonly workflow?: WorkflowRef | undefined;
      readonly definition?: WorkflowSpec | undefined;
      readonly input: Readonly<Record<string, unknown>>;
      /** The run that this one does again, and what it takes over of it. */
      readonly rerunOf?: string | undefined;
      readonly reused?: Readonly<Record<string, ReusedStep>> | undefined;
    }
  /** A step starts; its tasks follow. `items` of a map: the list, or how many there are of a range. */
  | {
      readonly type: 'opened';
      readonly step: string;
      readonly items?: readonly unknown[] | number | undefined;
      readonly dueAt?: EpochMs | undefined;
      readonly read?: Read | undefined;
    }
  | {
      readonly type: 'skipped';
      readonly step: string;
      readonly cause: 'condition' | 'dependency';
      readonly message: string;
      readonly read?: Read | undefined;
    }
  /** A step ends that its last task does not end. */
  | {
      readonly type: 'ended';
      readonly step: string;
      readonly state: Exclude<StepVerdict, 'skipped'>;
      readonly result?: unknown;
      readonly error?: Problem | undefined;
      readonly read?: Read | undefined;
    }
  /** A repeated step goes on with its next round at this time. */
  | {
      readonly type: 'again';
      readonly step: string;
      readonly dueAt: EpochMs;
      readonly read?: Read | undefined;
    }
  | {
      readonly type: 'signalled';
      readonly name: string;
      readonly key?: string | undefined;
      readonly payload?: unknown;
      readonly by?: string | undefined;
    }
  | {
      readonly type: 'decided';
      readonly step: string;
      readonly approve: boolean;
      readonly by?: string | undefined;
      readonly comment?: string | undefined;
    }
  | { readonly type: 'paused' | 'resumed'; readonly by?: string | undefined }
  /** Nothing new starts, and what runs is cancelled: by a request, or because the time of the run is over. */
  | { readonly type: 'cancelling'; readonly cause: 'cancel' | 'total'; readonly reason?: string | undefined }
  /** What was done is undone, the last step first. */
  | { readonly type: 'compensating' }
  /** A step cannot be undone: its task could not be made. */
  | { readonly type: 'uncompensated'; readonly step: string; readonly error: Problem };

/** Which part of a run a task is. */
export interface StepLink {
  readonly run: string;
  readonly step: string;
  /** Of a map: the item, or the first one of a batch. */
  readonly index?: number | undefined;
  /** Of a repeated step: the round, from 1 on. */
  readonly round?: number | undefined;
  /** It compensates the step. */
  readonly compensates?: true | undefined;
}
