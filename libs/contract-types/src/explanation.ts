import type { EpochMs } from '@precedent/kernel';
import type { TaskView } from './task-view.ts';

/** A decision about a waiting task. `record`: the input of the decision, from which it is made again; the engine knows its form. */
export interface DecisionView<R = unknown> {
  readonly id: string;
  readonly at: EpochMs;
  readonly task: string;
  readonly outcome: string;
  readonly victims: readonly string[];
  readonly explanation: string;
  readonly record: R;
}

/** Milliseconds: one in ten is quicker than `p10`, one in ten slower than `p90`; from `support` runs of similar tasks. */
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
  /** `predictions`: from how long those before it take; `pace`: from how many tasks were settled recently. */
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

/** How long open tasks that are similar take. A hint: nothing depends on it. */
export interface TaskPrediction {
  readonly ids: readonly string[];
  readonly duration: PredictedDuration;
}
