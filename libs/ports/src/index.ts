export type { Clock } from './clock.port.ts';
export type {
  BandSnapshot,
  EngineApi,
  EngineSnapshot,
  HelloAnswer,
  LeaseRef,
  Offer,
  OrProblem,
  PublicState,
  QuietLease,
  Reply,
  SettledLease,
  SubmitAnswer,
  TaskFilter,
  TaskSnapshot,
  WorkerHello,
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
export type { Telemetry, TelemetryEvent } from './telemetry.port.ts';
export { stopReasonOf } from './worker-link.port.ts';
export type { AssignedLease, Beacon, LinkSignal, LinkStopReason, WorkerLink } from './worker-link.port.ts';
