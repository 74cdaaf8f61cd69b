import type { Band, EpochMs } from '@precedent/kernel';
import type { DecisionRecord, Spread } from '@precedent/scheduling';
import type { Submission, VerdictName } from '@precedent/tasks';
import type { OrProblem, Reply, TaskApi, TaskSnapshot } from './task-api.port.ts';
import type { WorkerApi, WorkerLoad } from './worker-api.port.ts';

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

/**
 * What a cell reports of its own state and decisions. Answers come by callback, once, and never before all that they rest on is durable.
 * No method throws.
 */
export interface ExplanationApi {
  why(id: string, reply: Reply<OrProblem<WhyView>>): void;
  decisions(
    filter: { readonly task?: string | undefined; readonly limit?: number | undefined },
    reply: Reply<readonly DecisionView[]>,
  ): void;
  dryRun(task: Submission, reply: Reply<OrProblem<DryRunView>>): void;
  workers(reply: Reply<readonly WorkerSnapshot[]>): void;
  status(reply: Reply<EngineSnapshot>): void;
}

export interface PredictionSink {
  /** Replaces the predicted durations of the open tasks among these. */
  update(predictions: readonly TaskPrediction[]): void;
}

/** What a running engine serves; each adapter takes the port that it needs. */
export interface EngineApi {
  readonly tasks: TaskApi;
  readonly workers: WorkerApi;
  readonly explanations: ExplanationApi;
  readonly predictions: PredictionSink;
}
