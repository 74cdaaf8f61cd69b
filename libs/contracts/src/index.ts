export type { CloudEventAttributes, TaskEvent } from './events.ts';
export { LIMITS } from './limits.ts';
export { errorReplySchema, problemSchema, submitReplySchema } from './problem.ts';
export type { ErrorReply, SubmitReply } from './problem.ts';
export {
  API_VERBS,
  DEFAULT_CELL,
  DEFAULT_ROOT,
  TASK_EVENTS,
  streamsOf,
  subjectToken,
  subjectsOf,
} from './subjects.ts';
export type { ApiVerb, Streams, Subjects, TaskEventName } from './subjects.ts';
export {
  duration,
  PREEMPTION_MODES,
  labelsSchema,
  preemptionSchema,
  resourcesSchema,
  retrySchema,
  taskIdSchema,
  taskSpecSchema,
  taskTypeSchema,
  timeoutsSchema,
} from './task-spec.ts';
export type { CheckedSpec, TaskSpec } from './task-spec.ts';
export {
  TASK_STATES,
  VERDICTS,
  cancelRequestSchema,
  decisionsRequestSchema,
  emptyRequestSchema,
  getRequestSchema,
  isVerdict,
  listRequestSchema,
  waitRequestSchema,
} from './task-view.ts';
export type {
  BandStatus,
  DecisionView,
  DryRunView,
  EngineStatus,
  ListReply,
  ListRequest,
  TaskState,
  TaskView,
  Verdict,
  WaitReason,
  WhyView,
  WorkerView,
} from './task-view.ts';
export {
  LOAD_LEVELS,
  atomicSchema,
  byeSchema,
  drainingSchema,
  heartbeatSchema,
  helloSchema,
  keepSchema,
  loadSchema,
  progressSchema,
  reportSchema,
  settledSchema,
  workerMessageSchema,
} from './worker-protocol.ts';
export type {
  AssignMessage,
  AssignedBody,
  Assignment,
  BeaconMessage,
  Hello,
  CheckpointStep,
  HelloReply,
  KeepMessage,
  KeepReply,
  LoadMessage,
  LogChunk,
  ReportReply,
  Resume,
  SettledReport,
  SignalMessage,
  StopReason,
  UndoStep,
  WorkerMessage,
  WorkerSignal,
} from './worker-protocol.ts';
