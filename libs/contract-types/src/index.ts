export { ANY, PRINCIPAL_CHARS_MAX, PRINCIPAL_KINDS, RIGHTS, ROLES } from './access.ts';
export type {
  AccessKey,
  AccessScope,
  Cleared,
  Clearances,
  Grant,
  Principal,
  PrincipalKind,
  ProjectClearances,
  Reach,
  Right,
  Role,
  Signer,
} from './access.ts';
export type {
  AccessPage,
  AddSignerRequest,
  CreateKeyRequest,
  GrantsReply,
  GrantSpec,
  KeysReply,
  KeyView,
  NewKeyView,
  RotateKeyRequest,
  SignersReply,
} from './access-requests.ts';
export type {
  AuditedRequest,
  AuditEntry,
  AuditHead,
  AuditMessage,
  AuditPageReply,
  AuditPosition,
} from './audit.ts';
export { BACKUP_FORMAT } from './backup.ts';
export type { BackupFile, BackupManifest, BackupPart } from './backup.ts';
export { BUILTIN_TYPE_NAMES, isBuiltinType } from './builtin-types.ts';
export type { BuiltinTypeName } from './builtin-types.ts';
export { BULK_ACTIONS, BULK_LIMITS, BULK_TYPE, bulkPieceText, bulkPiecesOf, bulkRule } from './bulk.ts';
export type {
  BulkAction,
  BulkFilter,
  BulkPayload,
  BulkPiece,
  BulkPieceReply,
  BulkPreview,
  BulkPreviewRequest,
  BulkRefusal,
  BulkResult,
  BulkRun,
  BulkSample,
  BulkVerdicts,
} from './bulk.ts';
export { ON_FULL } from './limits.ts';
export type { LimitBooking, LimitKeyView, LimitMatch, LimitRate, LimitSpec, LimitUseView } from './limits.ts';
export type {
  BandStatus,
  BlockedView,
  EngineSnapshot,
  EngineStatus,
  OverdueSlots,
  PartStatus,
  WorkerView,
} from './engine-status.ts';
export type {
  DecisionView,
  DryRunView,
  PredictedDuration,
  StartEstimate,
  TaskPrediction,
  WhyView,
  WithinMs,
} from './explanation.ts';
export type {
  AttemptOutcome,
  AttemptView,
  DecisionsRequest,
  HistoryCopy,
  HistoryCopyReply,
  HistoryDecisionsReply,
  HistoryEventsReply,
  HistoryEventsRequest,
  HistoryFeedReply,
  HistoryFeedRequest,
  HistoryFilter,
  HistoryFreshness,
  HistoryGetReply,
  HistoryGetRequest,
  HistoryListReply,
  HistoryListRequest,
  HistoryLogsReply,
  HistoryLogsRequest,
  HistoryOptimiseReply,
  HistoryRebuildReply,
  HistoryRows,
  HistorySearchReply,
  HistorySearchRequest,
  HistoryStats,
  HistoryStatsReply,
  HistoryStatsRequest,
  HistoryStatus,
  HistoryStatusReply,
  HistoryTaskView,
  JournalledEvent,
  OperationView,
  QuantilesView,
  SetAside,
  SetAsideView,
  StatsBucket,
  StatsScope,
} from './history.ts';
export { DOCUMENT_KINDS, PARSED_FILTERS } from './precedents.ts';
export type {
  Change,
  DiffReply,
  DocumentKind,
  DuplicateView,
  Duplicates,
  DurationPrediction,
  Evidence,
  FailureCluster,
  FailureKind,
  FailureOdds,
  FailuresReply,
  Interruptions,
  KnownResolution,
  LaterSuccess,
  LimitFacts,
  PredictReply,
  RecallReply,
  RecalledNote,
  RecommendReply,
  Recommendation,
  RetrySettings,
  SameFailure,
  ParsedFilter,
  ParsedPhrase,
  SearchConfidence,
  SeenReply,
  SuggestedLimit,
  SuggestedRetry,
  TaskWarning,
} from './precedents.ts';
export { specBody, specFrame, specText } from './spec-text.ts';
export type { SpecFrame } from './spec-text.ts';
export { signedText } from './task-signature.ts';
export type { TaskSignature } from './task-signature.ts';
export { DEPENDENCY_CONDITIONS } from './dependency.ts';
export { DEFINITION_KINDS, DEFINITION_LIMITS, DEFINITION_RIGHTS } from './definitions.ts';
export type {
  DefinitionKind,
  DefinitionView,
  DefinitionsReply,
  DeleteDefinitionRequest,
  GetDefinitionRequest,
  ListDefinitionsRequest,
  ProjectSpec,
  PutDefinitionRequest,
} from './definitions.ts';
export type { Dependency, DependencyCondition, Join, SkipCause } from './dependency.ts';
export { REDRIVABLE, REDRIVE_LIMITS } from './redrive.ts';
export type { RedriveOf, RedriveOptions, RetryRequest } from './redrive.ts';
export { CATCH_UP, GAP_POLICIES, OVERLAP_POLICIES, WHILE_RUNNING } from './schedule.ts';
export type {
  CatchUp,
  PauseScheduleRequest,
  PreviewScheduleReply,
  PreviewScheduleRequest,
  PreviewedTick,
  SchedulePause,
  ScheduleRequest,
  ScheduleSpec,
  ScheduleStatus,
  ScheduleTimes,
  TriggerScheduleReply,
  WhileRunning,
} from './schedule.ts';
export type { TaskEvent } from './task-event.ts';
export { PASSING_EVENTS, TASK_EVENTS, TASK_STATES, VERDICTS, isVerdict } from './task-view.ts';
export type {
  BandCounts,
  CountsReply,
  CountsRequest,
  DeleteReply,
  CancelRequest,
  RebandRequest,
  DeleteRequest,
  ErrorReply,
  ListReply,
  ListRequest,
  SubmitReply,
  TaskEventName,
  TaskState,
  TaskView,
  Verdict,
  RetryReply,
} from './task-view.ts';
export { LEASE_OUTCOMES, LOAD_LEVELS } from './worker-protocol.ts';
export type {
  AssignMessage,
  Assignment,
  LeaderHeartbeat,
  BlockedLoop,
  CheckpointStep,
  HelloMessage,
  HelloReply,
  Job,
  JobBody,
  AheadRank,
  LeaseRef,
  LeaseStep,
  LoadLevel,
  LogChunk,
  MachineLoad,
  QuietLease,
  ReportReply,
  Resume,
  SettledLease,
  SignalMessage,
  StopReason,
  StopRequest,
  SuspendedLease,
  RollbackStep,
  RollbackResultStep,
  WorkerHello,
  WorkerSignal,
  YieldRequest,
} from './worker-protocol.ts';
export { DELIVERY_TYPE, WEBHOOK_EVENTS, WEBHOOK_LABEL } from './webhooks.ts';
export type {
  CreateWebhookRequest,
  DeliveriesReply,
  DeliveriesRequest,
  DeliveryView,
  ListWebhooksRequest,
  NewWebhookView,
  RedeliverReply,
  RedeliverRequest,
  RotateWebhookRequest,
  TestWebhookReply,
  UpdateWebhookRequest,
  WebhookSpec,
  WebhookView,
  WebhooksReply,
} from './webhooks.ts';
export { STEP_KINDS, WORKFLOW_TYPE } from './workflow.ts';
export type {
  ApprovalStep,
  MapStep,
  Need,
  RunPayload,
  StepKind,
  StepTask,
  WorkflowSpec,
  WorkflowStep,
} from './workflow.ts';
export type {
  ApprovalDecision,
  ApprovalsReply,
  DecideApprovalRequest,
  ListApprovalsRequest,
  OpenApprovalView,
  RunStepView,
  RunView,
  SignalRunRequest,
} from './run.ts';
