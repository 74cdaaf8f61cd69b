export { AccessClient } from './access.ts';
export { Client } from './client.ts';
export type { ClientOptions } from './client.ts';
export type { ConnectOptions } from './connect-options.ts';
export type { DeleteOptions } from './deleting.ts';
export type { Accepted, DoorChoice, Refused, SubmitOutcome } from './delivery.ts';
export { HistoryClient } from './history.ts';
export type { Link } from './link.ts';
export type { LogOptions } from './logs.ts';
export { Search } from './search.ts';
export { DefinitionClient, LimitClient, ScheduleClient } from './definitions.ts';
export type { DefinitionSpecs, PutOptions } from './definitions.ts';
export { RunClient } from './runs.ts';
export { WebhookClient } from './webhooks.ts';
export { ChoiceRef, StepRef, WorkflowBuilder, workflow } from './workflow.ts';
export type { NamedWorkflow, StepOptions, WorkOptions } from './workflow.ts';
export type { SigningKey } from './sign-task.ts';
export type { MergedList, MergedRequest } from './merged.ts';
export type { WaitOptions } from './results.ts';
export type { Specs, SubmitManyOptions, SubmitOptions } from './submit.ts';
export { isGap } from './watch.ts';
export type { Gap, Watch, WatchFilter, WatchOptions, WatchedEvent } from './watch.ts';
export type {
  AtomicOptions,
  CheckpointOptions,
  Handler,
  Job,
  JobContext,
  ResumePoint,
  RollbackAction,
  RollbackContext,
  StopRequest,
  Suspendable,
  YieldRequest,
} from './worker/handler.ts';
export { YieldSignal, isYield } from './worker/handler.ts';
export type { IsolatedHandler, IsolatedOptions } from './worker/isolation/isolated-handler.ts';
export type { Migrate, ValidateResume, WorkerOptions, WorkerState } from './worker/options.ts';
export { Worker } from './worker/worker.ts';
export type { StopOptions } from './worker/worker.ts';
export type {
  CollectionsReply,
  DocumentsReply,
  FindReply,
  SearchFilters,
  SearchStatus,
  TaskEvent,
  TaskSpec,
  TlsFiles,
} from '@precedent/contracts';
export type {
  DeleteReply,
  DiffReply,
  EngineStatus,
  FailuresReply,
  ListReply,
  ListRequest,
  LogChunk,
  PredictReply,
  RecallReply,
  RecommendReply,
  SeenReply,
  TaskView,
  TaskWarning,
  WorkerView,
} from '@precedent/contract-types';
export { AppError, isAppError } from '@precedent/kernel';
export type { ErrorCode, Problem } from '@precedent/kernel';
