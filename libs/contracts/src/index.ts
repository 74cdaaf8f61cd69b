export type { TaskEvent } from '@precedent/contract-types';
export type { CloudEventAttributes, WorkerAlert } from './events.ts';
export { DEPTH_MAX, depthProblem, exactJsonOf, fieldProblem, issueProblem } from './exact-json.ts';
export type { ExactJson } from './exact-json.ts';
export { ID_PATTERN, ID_RULE, LIMITS } from './limits.ts';
export { PREDICTION_LIMITS, predictionsSchema } from './predictions.ts';
export type { PredictionsMessage } from './predictions.ts';
export { ACCOUNTS, INTERNAL_USERS, crossedSubjects } from './access-accounts.ts';
export type { CrossedSubjects } from './access-accounts.ts';
export { DEFAULT_CELL, DEFAULT_ROOT, streamsOf, subjectToken, subjectsOf } from './subjects.ts';
export type { Streams, Subjects } from './subjects.ts';
export { ACCESS_OPERATIONS } from './operations/access.ts';
export { ENGINE_OPERATIONS } from './operations/engine.ts';
export { journalledEventSchema } from './operations/history-views.ts';
export { HISTORY_OPERATIONS } from './operations/history.ts';
export { SEARCH_OPERATIONS } from './operations/search.ts';
export { workflowSpecSchema } from './definitions/workflow.ts';
export { runPayloadSchema } from './run-requests.ts';
export { RUN_OPERATIONS } from './operations/runs.ts';
export { DEFINITION_OPERATIONS } from './operations/definitions.ts';
export { WEBHOOK_OPERATIONS } from './operations/webhooks.ts';
export { namedOperations } from './operations/all.ts';
export type { NamedOperation, OperationName } from './operations/all.ts';
export { logChunkViewSchema, taskSchema } from './operations/named.ts';
export { SUBMIT_OPERATIONS, submitReplySchema } from './operations/submissions.ts';
export { takesCursor, takesNamespace } from './operations/operation.ts';
export type { Operation, OperationPlace, Operations, ReplyOf, RequestOf } from './operations/operation.ts';
export type {
  AccessOperations,
  AccessVerb,
  ApiVerb,
  EngineOperations,
  HistoryOperations,
  HistoryVerb,
  SearchOperations,
  SearchVerb,
  DefinitionOperations,
  RunOperations,
  RunVerb,
  WebhookOperations,
  WebhookVerb,
} from './operations/verbs.ts';
export {
  PREEMPTION_MODES,
  durationSchema,
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
export { clientTls, connectFailure, tlsFailure } from './tls.ts';
export type { TlsFiles } from './tls.ts';
export { isTraceparent } from './traceparent.ts';
export {
  atomicSchema,
  blockedSchema,
  bulkPieceSchema,
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
export { SEARCH_OUTCOMES } from './search.ts';
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
} from './search.ts';
export type {
  CollectionsReply,
  DocumentHitView,
  DocumentsReply,
  FindReply,
  NoteReply,
  ResolveReply,
  SearchHitView,
  SearchStatus,
} from './search-replies.ts';
export { backupManifestSchema } from './backup.ts';
export { BUILTIN_TYPES, payloadJsonSchemas } from './builtin.ts';
export { bulkPayloadSchema } from './bulk.ts';
export { httpSchema } from './builtin-http.ts';
export type { BuiltinType } from './builtin.ts';
export { documentProcessSchema } from './builtin-documents.ts';
export { dataExportSchema, reportGenerateSchema, systemMaintenanceSchema } from './builtin-records.ts';
export {
  storageCopySchema,
  storageDeleteSchema,
  storageGetSchema,
  storageListSchema,
  storagePutSchema,
} from './builtin-storage.ts';
export { textWorkSchema } from './builtin-text.ts';
export {
  modelInferSchema,
  vectorComputeSchema,
  vectorsReembedSchema,
  vectorsUpdateSchema,
} from './builtin-vectors.ts';
export { HISTORY_LIMITS } from './history.ts';
export {
  bandTokenIn,
  callerIn,
  callerPattern,
  callerSubjectsOf,
  inboxPrefixOf,
  isNamespace,
  operationSubject,
  sessionOf,
} from './caller-subjects.ts';
export type { SubjectCaller } from './caller-subjects.ts';
export { credentialOf, tokenOwnerIn } from './token-credential.ts';
export {
  assignSchema,
  helloReplySchema,
  leaderHeartbeatSchema,
  logChunkSchema,
  reportReplySchema,
  signalsSchema,
} from './engine-messages.ts';
