import type {
  DecisionView,
  DecisionsRequest,
  DryRunView,
  EngineSnapshot,
  GetDefinitionRequest,
  LimitUseView,
  TaskPrediction,
  WhyView,
  WorkerView,
} from '@precedent/contract-types';
import type { DecisionRecord } from '@precedent/scheduling';
import type { Submission } from '@precedent/tasks';
import type { Caller } from './callers.port.ts';
import type { RunApi } from './run-api.port.ts';
import type { DefinitionApi } from './definition-api.port.ts';
import type { ScheduleApi } from './schedule-api.port.ts';
import type { OrProblem, Reply, SelectedTasks, TaskApi, TaskSelection } from './task-api.port.ts';
import type { WorkerApi } from './worker-api.port.ts';

/**
 * What a cell reports of its own state and decisions. Answers come by callback, once, and never before all that they rest on is durable.
 * No method throws.
 */
export interface ExplanationApi {
  why(id: string, reply: Reply<OrProblem<WhyView>>): void;
  decisions(filter: DecisionsRequest, reply: Reply<readonly DecisionView<DecisionRecord>[]>): void;
  dryRun(task: Submission, reply: Reply<OrProblem<DryRunView>>): void;
  /** What a limit holds now, by key. */
  limitUse(request: GetDefinitionRequest, reply: Reply<OrProblem<LimitUseView>>): void;
  workers(reply: Reply<readonly WorkerView[]>): void;
  status(reply: Reply<EngineSnapshot>): void;
}

export interface PredictionSink {
  /** Replaces the predicted durations of the open tasks among these. */
  update(predictions: readonly TaskPrediction[]): void;
}

/** What a client of an engine may use. */
export interface ClientApi {
  readonly tasks: TaskApi;
  readonly explanations: ExplanationApi;
  readonly definitions: DefinitionApi;
  readonly runs: RunApi;
  readonly schedules: ScheduleApi;
}

/** What a running engine serves; each adapter takes the port that it needs. */
export interface EngineApi extends ClientApi {
  readonly workers: WorkerApi;
  /** The same for a caller: all of it where access is open, otherwise the part that the caller may see and change. */
  forCaller(caller: Caller): ClientApi;
  readonly predictions: PredictionSink;
  /** Finds tasks among all that the cell knows, in one turn. */
  select(selection: TaskSelection, reply: Reply<SelectedTasks>): void;
}
