export type { AccessRegistry } from './access.port.ts';
export type { AuditStore, AuditTrail } from './audit.port.ts';
export { auditTrail } from './audit-trail.ts';
export { TOKEN_REFUSALS } from './token-verifier.port.ts';
export type { RefusedToken, TokenIssuer, TokenVerifier, VerifiedToken } from './token-verifier.port.ts';
export { newKey } from './new-key.ts';
export { isSignedBy } from './signature.ts';
export { keyDigest, verifyKey } from './key-digest.ts';
export type { CheckpointBlobs } from './checkpoint-blobs.port.ts';
export type { AnyDefinitionView, DefinitionApi } from './definition-api.port.ts';
export type { ReadRunPayload, RunActor, RunApi } from './run-api.port.ts';
export type { BulkApi, RecordAction, SettledTasks } from './bulk.port.ts';
export { OPEN_CALLER, callerAs, callersOf } from './callers.port.ts';
export type { Caller, Callers } from './callers.port.ts';
export { wakeBy } from './clock.port.ts';
export type { Clock } from './clock.port.ts';
export type { ClientApi, EngineApi, ExplanationApi, PredictionSink } from './explanation-api.port.ts';
export type {
  ActedOn,
  Offer,
  OrProblem,
  Reply,
  SelectedTasks,
  TaskApi,
  TaskSelection,
} from './task-api.port.ts';
export type { CheckSpec, Redrive } from './task-api.port.ts';
export type { LeasedTask, WorkerApi } from './worker-api.port.ts';
export type { EventFeed, FeedEvent } from './event-feed.port.ts';
export type { Executor, ExecutorContext, ExecutorResume } from './executor.port.ts';
export type { LeaderLink } from './leader-link.port.ts';
export type { Listener, ListenerOptions, PemPair } from './listener.port.ts';
export type { LeaseStore } from './lease.port.ts';
export type { AppendLog, ErasableLog, LogEntry } from './log.port.ts';
export type { TaskLogs } from './task-logs.port.ts';
export { NAMESPACE_PATTERN, callerFor, tokenIn } from './caller-session.port.ts';
export type { Authenticate, CallerSession, Quota } from './caller-session.port.ts';
export type { BegunLogin, LoginProvider, LoginTokens, PendingLogin } from './login.port.ts';
export type { PassingEvents } from './passing-events.port.ts';
export type { StreamedEvent, TaskEventFilter, TaskEvents, TaskEventsRequest } from './task-events.port.ts';
export type {
  CallingPrincipal,
  OperationCall,
  OperationCalls,
  OperationTexts,
} from './operation-calls.port.ts';
export { isWanted } from './is-wanted.ts';
export { silentGateway } from './gateway-telemetry.port.ts';
export type { GatewayTelemetry, GatewayTelemetryEvent, RequestSpan } from './gateway-telemetry.port.ts';
export { GATEWAY_EVENTS } from './gateway-telemetry.table.ts';
export { sealedCursors } from './sealed-cursors.ts';
export { FIRST_SEQUENCE, untilVerdict } from './task-life.ts';
export { watchCredential } from './watch-credential.ts';
export type { WatchedCredential } from './watch-credential.ts';
export { streamStalled, submitWithBackpressure, withIdempotencyKey } from './submission.ts';
export type { SubmitAll } from './submission.ts';
export type { TaskOutput } from './task-output.port.ts';
export type {
  ExpressEnd,
  OverdueEnd,
  CellSampled,
  PreemptionEnd,
  PreemptionTelemetryEvent,
  TaskTelemetryEvent,
  RunTraces,
  Telemetry,
  TelemetryEvent,
} from './telemetry.port.ts';
export { TELEMETRY_EVENTS } from './telemetry.table.ts';
export type { EventNotes } from './telemetry.table.ts';
export { stopReasonOf } from './worker-link.port.ts';
export type { AssignedLease, WorkerLink } from './worker-link.port.ts';
export type { Embedder, EmbeddingModel } from './embedder.port.ts';
export type { IndexState, IndexStep, IndexedSuccess } from './index-state.port.ts';
export { ASIDE_LIMITS, setAside } from './set-aside.port.ts';
export type { JournalReader } from './journal-reader.port.ts';
export { LABEL_FIELD } from './vector-index.port.ts';
export type {
  CollectionSpec,
  IndexMemory,
  Point,
  PointFilter,
  PointHit,
  PointAge,
  PointMark,
  PointPayload,
  PointQuery,
  PointVector,
  VectorIndex,
} from './vector-index.port.ts';
export type { HistoryReader, TaskSummary, TaskSummaryFilter } from './history-reader.port.ts';
export { conditionOutcome } from './conditions.port.ts';
export type { ConditionInput, ConditionOutcome, Conditions } from './conditions.port.ts';
export type { Evaluation, ExpressionUse } from './expressions.port.ts';
export type { ColumnFile, ColumnType, TableRow, TypedColumn } from './column-file.port.ts';
export type { ObjectStore, StoredObject } from './object-store.port.ts';
export type { Upkeep, UpkeepFacts } from './upkeep.port.ts';
export type { ArchivedVerdict, VerdictArchive } from './verdict-archive.port.ts';
export type { VectorCache } from './vector-cache.port.ts';
export {
  checkCollectionName,
  checkFilter,
  checkAge,
  checkMark,
  checkPage,
  checkPoints,
  checkQuery,
  checkVectors,
  checkCollectionSpec,
} from './vector-checks.ts';
export { EMBEDDER_FIELD, userCollection, userNameOf } from './user-collection.ts';
export { mapInOrder } from './map-in-order.ts';
export { namedUuid } from './named-uuid.ts';
export { redriveIdOf } from './redrive-id.ts';
export { sha256, sha256Hex } from './sha256.ts';
export { textSeal } from './text-seal.ts';
export type { TextSeal } from './text-seal.ts';
export { SPACELESS_LETTER, hasTerm, spaced, wordsOf } from './words.ts';
export type {
  Announced,
  HistoryFeed,
  HistoryFeedQuery,
  HistoryApi,
  NamespaceHistory,
  HistoryBuild,
  HistoryChanges,
  HistoryCounts,
  HistoryList,
  HistoryListQuery,
  HistoryPosition,
  HistoryStore,
  TaskEntry,
  HistoryEventsQuery,
} from './history.port.ts';
export type {
  SealedSecret,
  StoredWebhook,
  WebhookApi,
  WebhookPosition,
  WebhookStore,
} from './webhooks.port.ts';
export type { Zones } from './zones.port.ts';
export type { ScheduleApi } from './schedule-api.port.ts';
