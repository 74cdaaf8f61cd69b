import type { EpochMs, Problem } from '@precedent/kernel';
import type { ApprovalStep, StepKind } from './workflow.ts';

/** Where a run of a workflow is. */
export type RunPhaseName = 'running' | 'paused' | 'failing' | 'cancelling' | 'compensating' | 'ended';

/** A step of a run as every interface shows it. */
export interface RunStepView {
  readonly name: string;
  readonly kind: StepKind;
  readonly state: 'waiting' | 'open' | 'completed' | 'failed' | 'skipped' | 'cancelled' | 'timed_out';
  readonly needs: readonly string[];
  /** Of a step that is, or was, a single task. */
  readonly task?: string | undefined;
  readonly startedAt?: EpochMs | undefined;
  readonly endedAt?: EpochMs | undefined;
  /** When it goes on, or ends, by itself. */
  readonly dueAt?: EpochMs | undefined;
  /** Of an open map. */
  readonly items?:
    | { readonly count: number; readonly completed: number; readonly failed: number; readonly open: number }
    | undefined;
  /** Rounds of a repeated step that have started. */
  readonly round?: number | undefined;
  readonly decisions?: readonly ApprovalDecision[] | undefined;
  /** What undoes it. */
  readonly compensation?: 'open' | 'done' | 'failed' | undefined;
  /** It was taken over from the run that this one does again. */
  readonly reused?: boolean | undefined;
  readonly result?: unknown;
  readonly error?: Problem | undefined;
}

export interface ApprovalDecision {
  readonly by?: string | undefined;
  readonly approve: boolean;
  readonly comment?: string | undefined;
  readonly at: EpochMs;
}

/** A run of a workflow: its task, and where its steps are. */
export interface RunView {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  /** The registered workflow, in the revision that the run keeps. */
  readonly workflow?: string | undefined;
  readonly revision?: number | undefined;
  readonly phase: RunPhaseName;
  readonly rerunOf?: string | undefined;
  /** In the order of the definition. */
  readonly steps: readonly RunStepView[];
  /** Names of signals that came and no step has taken. */
  readonly signals?: readonly string[] | undefined;
}

export interface SignalRunRequest {
  readonly id: string;
  readonly name: string;
  /** The same key counts once for a run. */
  readonly key?: string | undefined;
  readonly payload?: unknown;
}

export interface DecideApprovalRequest {
  readonly id: string;
  readonly step: string;
  readonly approve: boolean;
  readonly comment?: string | undefined;
}

/** An approval that can be given now. */
export interface OpenApprovalView extends Pick<
  ApprovalStep,
  'message' | 'by' | 'count' | 'fourEyes' | 'comment' | 'risk'
> {
  /** Of the run. */
  readonly id: string;
  readonly step: string;
  readonly namespace: string;
  readonly project: string;
  readonly workflow?: string | undefined;
  readonly submittedBy?: string | undefined;
  readonly since: EpochMs;
  readonly dueAt?: EpochMs | undefined;
  readonly decisions: readonly ApprovalDecision[];
}

export interface ListApprovalsRequest {
  readonly namespace?: string | undefined;
  readonly limit?: number | undefined;
}

export interface ApprovalsReply {
  /** The oldest first. */
  readonly approvals: readonly OpenApprovalView[];
  readonly truncated: boolean;
}
