import type { DependencyCondition, Join } from './dependency.ts';

/** The type of the tasks that are runs of workflows. No worker runs them: their steps are tasks of their own. */
export const WORKFLOW_TYPE = 'workflow';

/** A condition or a value in CEL, over `input` and `steps.<name>.{state,result,error}`. */
type Cel = string;

/** What a step waits for. */
export interface Need {
  readonly step: string;
  /** `ok` when left out: completed, or skipped because a condition chose another branch. */
  readonly on?: DependencyCondition | undefined;
  readonly optional?: boolean | undefined;
  /** Of a choice: the branch that has to be chosen. */
  readonly branch?: string | undefined;
}

/** The task of a step: a submission without what the run decides. */
export interface StepTask {
  readonly type?: string | undefined;
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly payload?: unknown;
  /** Members of the payload, in CEL; of a map also over `item` and `index`. */
  readonly with?: Readonly<Record<string, Cel>> | undefined;
  /** Whatever else a task may have: name, band, pool, labels, resources, timeouts, retry, preemption, env, cwd, validate. */
  readonly [member: string]: unknown;
}

/** Runs a task for each item of a list, or of a range. */
export interface MapStep {
  /** A list, in CEL; or whole numbers from `from` up to and without `to`. */
  readonly over: Cel | { readonly from: number; readonly to: number };
  readonly task: StepTask;
  /** Items, at most: a longer list fails the step, and nothing of it starts. */
  readonly max?: number | undefined;
  /** Tasks that are open at once. */
  readonly concurrency?: number | undefined;
  /** Items in one task, which gets them as `items`. */
  readonly batch?: number | undefined;
  /** Items that may be lost without failing the step, those of a batch together: a count, or a share of 0 to 1. */
  readonly tolerate?:
    | { readonly count?: number | undefined; readonly share?: number | undefined }
    | undefined;
}

/** Runs a task again until a condition over its `result` holds. */
export interface RepeatStep {
  readonly task: StepTask;
  readonly until: Cel;
  /** Times, at most: then the step fails. */
  readonly max: number;
  /** Between two of them. Milliseconds. */
  readonly delay?: number | undefined;
}

export interface ChildStep {
  /** The name of a registered workflow of the namespace. */
  readonly workflow: string;
  /** Members of its input, in CEL. */
  readonly input?: Readonly<Record<string, Cel>> | undefined;
  /** What becomes of it when this run is cancelled; `cancel` when left out. */
  readonly close?: 'cancel' | 'abandon' | undefined;
}

export interface ApprovalStep {
  /** What the approvers decide about, in words. */
  readonly message?: string | undefined;
  /** The names of principals that may decide; everybody with the right to approve when left out. */
  readonly by?: readonly string[] | undefined;
  /** How many have to approve; 1 when left out. */
  readonly count?: number | undefined;
  /** Neither the submitter of the run nor the same principal twice; `true` when left out. */
  readonly fourEyes?: boolean | undefined;
  /** Whether a decision needs a comment. */
  readonly comment?: boolean | undefined;
  /** For how long it can be decided. Milliseconds. */
  readonly expires?: number | undefined;
  /** What it is then; `reject` when left out. */
  readonly onExpiry?: 'approve' | 'reject' | undefined;
  readonly risk?: 'low' | 'high' | undefined;
}

export interface SignalStep {
  /** Its name; that of the step when left out. */
  readonly name?: string | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  /** What becomes of the step then; `fail` when left out. */
  readonly onTimeout?: 'fail' | 'complete' | undefined;
}

interface StepBase {
  /** What it waits for: a name means that the step is `ok`. */
  readonly needs?: readonly (string | Need)[] | undefined;
  readonly join?: Join | undefined;
  /** Where it does not hold, the step is skipped as a branch that was not chosen. */
  readonly when?: Cel | undefined;
  /** Undoes the step when the run fails after it completed. */
  readonly compensate?: StepTask | undefined;
}

/** One step: what it does is one of its members. */
export interface WorkflowStep extends StepBase {
  readonly task?: StepTask | undefined;
  /** Ordered branches, each with its condition; the result is `{branch}`. */
  readonly choice?: Readonly<Record<string, Cel>> | undefined;
  readonly map?: MapStep | undefined;
  readonly repeat?: RepeatStep | undefined;
  readonly child?: ChildStep | undefined;
  readonly approval?: ApprovalStep | undefined;
  readonly signal?: SignalStep | undefined;
  /** Milliseconds. */
  readonly sleep?: number | undefined;
}

export const STEP_KINDS = [
  'task',
  'choice',
  'map',
  'repeat',
  'child',
  'approval',
  'signal',
  'sleep',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** What a workflow is. Everything that a run needs is in it. */
export interface WorkflowSpec {
  readonly description?: string | undefined;
  /** What a run gets when its start names no other value. */
  readonly input?: Readonly<Record<string, unknown>> | undefined;
  /** What running steps do when a step has failed and the run is to fail: go on, or be cancelled. `finish` when left out. */
  readonly onFailure?: 'finish' | 'cancel' | undefined;
  readonly steps: Readonly<Record<string, WorkflowStep>>;
  /** The result of the run, in CEL; the results of the steps by name when left out. */
  readonly output?: Cel | undefined;
}

/** The payload of a run: the name of a registered workflow, or a definition, or a run that is done again. */
export interface RunPayload {
  readonly workflow?: string | undefined;
  readonly definition?: WorkflowSpec | undefined;
  readonly input?: Readonly<Record<string, unknown>> | undefined;
  readonly rerun?:
    | {
        /** A run that has ended. */
        readonly run: string;
        /** Steps that are done again, with all that needs them; those that did not complete when left out. */
        readonly from?: readonly string[] | undefined;
      }
    | undefined;
}
