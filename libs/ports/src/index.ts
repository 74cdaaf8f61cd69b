export type { Clock } from './clock.port.ts';
export type {
  BandSnapshot,
  DecisionView,
  DryRunView,
  EngineApi,
  EngineSnapshot,
  HelloAnswer,
  LeaseRef,
  LeaseStep,
  Offer,
  OrProblem,
  PublicState,
  QuietLease,
  Reply,
  SettledLease,
  SubmitAnswer,
  TaskFilter,
  TaskSnapshot,
  WhyView,
  WorkerHello,
  WorkerLoad,
  WorkerSnapshot,
} from './engine-api.port.ts';
export type { EventFeed, FeedEvent, FeedEventName } from './event-feed.port.ts';
export type {
  Executor,
  ExecutorFailure,
  Job,
  JobContext,
  ResumePoint,
  StopRequest,
  YieldRequest,
} from './executor.port.ts';
export type { LeaseStore } from './lease.port.ts';
export type { AppendLog, LogEntry } from './log.port.ts';
export { silent } from './telemetry.port.ts';
export type {
  BandSample,
  CellSampled,
  PreemptionEnd,
  PreemptionTold,
  TaskTold,
  Telemetry,
  TelemetryEvent,
} from './telemetry.port.ts';
export { TELEMETRY_EVENTS } from './telemetry.table.ts';
export type { EventNotes } from './telemetry.table.ts';
export { stopReasonOf } from './worker-link.port.ts';
export type {
  AssignedLease,
  Beacon,
  LinkSignal,
  LeaseResume,
  LinkStopReason,
  WorkerLink,
} from './worker-link.port.ts';
