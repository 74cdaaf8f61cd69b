export {
  BUILTIN_TYPE_NAMES,
  DOCUMENT_KINDS,
  LOAD_LEVELS,
  TASK_EVENTS,
  TASK_STATES,
  VERDICTS,
  isVerdict,
} from '@precedent/contract-types';
export type {
  AssignMessage,
  Assignment,
  AttemptView,
  BackupManifest,
  BandStatus,
  LeaderHeartbeat,
  BuiltinTypeName,
  CheckpointStep,
  DecisionView,
  DecisionsRequest,
  DeleteReply,
  DiffReply,
  DryRunView,
  DocumentKind,
  DuplicateView,
  Evidence,
  FailuresReply,
  EngineStatus,
  ErrorReply,
  HelloMessage,
  HelloReply,
  HistoryCopyReply,
  HistoryDecisionsReply,
  HistoryEventsReply,
  HistoryEventsRequest,
  HistoryFreshness,
  HistoryGetReply,
  HistoryGetRequest,
  HistoryListReply,
  HistoryListRequest,
  HistoryOptimiseReply,
  HistoryRebuildReply,
  HistorySearchReply,
  HistorySearchRequest,
  HistoryStatsReply,
  HistoryStatsRequest,
  HistoryStatusReply,
  HistoryTaskView,
  Job,
  JobBody,
  LeaseStepReply,
  LeaseRef,
  ListReply,
  ListRequest,
  LogChunk,
  MachineLoad,
  OperationView,
  PartStatus,
  PredictReply,
  PredictedDuration,
  RecallReply,
  RecommendReply,
  SearchConfidence,
  SeenReply,
  SuggestedLimit,
  SuggestedRetry,
  TaskWarning,
  QuantilesView,
  ReportReply,
  Resume,
  SetAsideView,
  SettledLease,
  SignalMessage,
  StartEstimate,
  StopReason,
  StopRequest,
  SubmitReply,
  TaskEventName,
  TaskState,
  TaskView,
  RollbackStep,
  Verdict,
  WaitReason,
  WhyView,
  WithinMs,
  WorkerSignal,
  WorkerView,
  YieldRequest,
} from '@precedent/contract-types';
export type { CloudEventAttributes, TaskEvent, WorkerAlert } from './events.ts';
export { ID_PATTERN, ID_RULE, LIMITS } from './limits.ts';
export { PREDICTION_LIMITS, predictionsSchema } from './predictions.ts';
export type { PredictionsMessage } from './predictions.ts';
export { errorReplySchema, problemSchema, submitReplySchema } from './problem.ts';
export { API_VERBS, DEFAULT_CELL, DEFAULT_ROOT, streamsOf, subjectToken, subjectsOf } from './subjects.ts';
export type { ApiVerb, Streams, Subjects } from './subjects.ts';
export {
  durationSchema,
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
export { isTraceparent } from './traceparent.ts';
export {
  cancelRequestSchema,
  decisionsRequestSchema,
  deleteRequestSchema,
  emptyRequestSchema,
  getRequestSchema,
  listRequestSchema,
  waitRequestSchema,
} from './task-requests.ts';
export {
  atomicSchema,
  byeSchema,
  drainingSchema,
  heartbeatSchema,
  helloSchema,
  leaseStepSchema,
  loadSchema,
  progressSchema,
  reportSchema,
  settledSchema,
  workerMessageSchema,
} from './worker-protocol.ts';
export type { LeaseStepMessage, LoadMessage, WorkerMessage } from './worker-protocol.ts';
export {
  SEARCH_LIMITS,
  SEARCH_OUTCOMES,
  SEARCH_VERBS,
  aboutTaskSchema,
  collectionsRequestSchema,
  documentsRequestSchema,
  failuresRequestSchema,
  findRequestSchema,
  predictRequestSchema,
  recallRequestSchema,
  rememberRequestSchema,
  resolveRequestSchema,
  searchFiltersSchema,
} from './search.ts';
export type {
  AboutTask,
  CollectionsRequest,
  DocumentsRequest,
  FailuresRequest,
  FindRequest,
  PredictRequest,
  RecallRequest,
  RememberRequest,
  ResolveRequest,
  SearchFilters,
  SearchVerb,
} from './search.ts';
export type {
  CollectionsReply,
  DocumentHitView,
  DocumentsReply,
  FindReply,
  NoteReply,
  SearchFreshness,
  SearchHitView,
  SearchStatus,
} from './search-replies.ts';
export { backupManifestSchema } from './backup.ts';
export { BUILTIN_TYPES, payloadJsonSchemas } from './builtin.ts';
export { httpSchema } from './builtin-http.ts';
export type { BuiltinType } from './builtin.ts';
export { documentProcessSchema } from './builtin-documents.ts';
export type { DocumentProcessPayload } from './builtin-documents.ts';
export { BUILTIN_LIMITS } from './builtin-limits.ts';
export { dataExportSchema, reportGenerateSchema, systemMaintenanceSchema } from './builtin-records.ts';
export type {
  DataExportPayload,
  ReportGeneratePayload,
  SystemMaintenancePayload,
} from './builtin-records.ts';
export {
  storageCopySchema,
  storageDeleteSchema,
  storageGetSchema,
  storageListSchema,
  storagePutSchema,
} from './builtin-storage.ts';
export type {
  StorageCopyPayload,
  StorageDeletePayload,
  StorageGetPayload,
  StorageListPayload,
  StoragePutPayload,
} from './builtin-storage.ts';
export { textCountSchema, textWorkSchema } from './builtin-text.ts';
export type { TextWorkPayload } from './builtin-text.ts';
export {
  modelInferSchema,
  vectorComputeSchema,
  vectorsReembedSchema,
  vectorsUpdateSchema,
} from './builtin-vectors.ts';
export type {
  ModelInferPayload,
  VectorComputePayload,
  VectorsReembedPayload,
  VectorsUpdatePayload,
} from './builtin-vectors.ts';
export {
  HISTORY_LIMITS,
  historyDecisionsSchema,
  historyEmptySchema,
  historyEventsSchema,
  historyGetSchema,
  historyListSchema,
  historySearchSchema,
  historyStatsSchema,
} from './history.ts';
export { HISTORY_VERBS, historySubjectsOf } from './history-subjects.ts';
export type { HistoryVerb } from './history-subjects.ts';
export {
  assignSchema,
  helloReplySchema,
  leaderHeartbeatSchema,
  logChunkSchema,
  reportReplySchema,
  signalsSchema,
} from './engine-messages.ts';
