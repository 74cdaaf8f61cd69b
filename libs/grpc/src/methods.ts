import { namedOperations, takesNamespace } from '@precedent/contracts';
import type { NamedOperation, Operation, OperationName } from '@precedent/contracts';

/** The name of the RPC of each operation: the type requires an entry for each of the catalogue. */
export const GRPC_METHODS: Readonly<Record<OperationName, string>> = {
  'submit.submit': 'SubmitPriorityTask',
  'task.get': 'GetTaskStatus',
  'task.list': 'ListTasks',
  'task.wait': 'WaitForTask',
  'task.cancel': 'CancelTask',
  'task.retry': 'RetryTask',
  'task.reband': 'ChangeTaskBand',
  'task.delete': 'DeleteTask',
  'task.deleteForgotten': 'DeleteForgottenTask',
  'task.bulkPreview': 'PreviewBulk',
  'task.bulkStart': 'StartBulk',
  'task.why': 'ExplainTask',
  'task.dryRun': 'DryRunTask',
  'task.decisions': 'ListDecisions',
  'task.workers': 'ListWorkers',
  'task.counts': 'GetTaskCounts',
  'task.status': 'GetEngineStatus',
  'history.list': 'ListHistory',
  'history.get': 'GetHistory',
  'history.stats': 'GetHistoryStats',
  'history.logs': 'ReadLogs',
  'history.search': 'SearchHistory',
  'history.events': 'ListEvents',
  'history.feed': 'ReadFeed',
  'history.decisions': 'ListPastDecisions',
  'history.status': 'GetHistoryStatus',
  'history.rebuild': 'RebuildHistory',
  'history.optimise': 'OptimiseHistory',
  'history.copy': 'CopyHistory',
  'search.find': 'Find',
  'search.seen': 'ListSimilarFailures',
  'search.diff': 'ListChanges',
  'search.predict': 'PredictTask',
  'search.recommend': 'RecommendTasks',
  'search.failures': 'ListFailures',
  'search.resolve': 'RememberResolution',
  'search.remember': 'RememberNote',
  'search.recall': 'RecallNotes',
  'search.documents': 'SearchDocuments',
  'search.collections': 'ListCollections',
  'search.status': 'GetSearchStatus',
  'access.keys': 'ListKeys',
  'access.createKey': 'CreateKey',
  'access.rotateKey': 'RotateKey',
  'access.revokeKey': 'RevokeKey',
  'access.grants': 'ListGrants',
  'access.addGrant': 'AddGrant',
  'access.removeGrant': 'RemoveGrant',
  'access.signers': 'ListSigners',
  'access.addSigner': 'AddSigner',
  'access.removeSigner': 'RemoveSigner',
  'access.audit': 'ListAuditRecords',
  'run.show': 'GetRun',
  'run.signal': 'SignalRun',
  'run.decide': 'DecideApproval',
  'run.pause': 'PauseRun',
  'run.resume': 'ResumeRun',
  'run.approvals': 'ListApprovals',
  'project.put': 'PutProject',
  'project.get': 'GetProject',
  'project.list': 'ListProjects',
  'project.delete': 'DeleteProject',
  'limit.put': 'PutLimit',
  'limit.get': 'GetLimit',
  'limit.list': 'ListLimits',
  'limit.delete': 'DeleteLimit',
  'limit.show': 'ShowLimit',
  'workflow.put': 'PutWorkflow',
  'workflow.get': 'GetWorkflow',
  'workflow.list': 'ListWorkflows',
  'workflow.delete': 'DeleteWorkflow',
  'webhooks.create': 'CreateWebhook',
  'webhooks.list': 'ListWebhooks',
  'webhooks.get': 'GetWebhook',
  'webhooks.update': 'UpdateWebhook',
  'webhooks.remove': 'RemoveWebhook',
  'webhooks.rotate': 'RotateWebhookSecret',
  'webhooks.deliveries': 'ListDeliveries',
  'webhooks.redeliver': 'Redeliver',
  'webhooks.test': 'TestWebhook',
};

/** The gRPC service of each group of operations, all in the package `precedent.v1`. */
export const GRPC_SERVICES: Readonly<Record<Operation['group'], string>> = {
  submit: 'TaskService',
  task: 'TaskService',
  history: 'HistoryService',
  search: 'SearchService',
  access: 'AccessService',
  webhooks: 'WebhookService',
  run: 'RunService',
  project: 'ProjectService',
  limit: 'LimitService',
  workflow: 'WorkflowService',
};

export const PACKAGE = 'precedent.v1';

export interface GrpcOperation extends NamedOperation {
  readonly service: string;
  readonly method: string;
  /** The request has one field, `task`, instead of the fields of a task. */
  readonly takesTask: boolean;
  /** The request has the field `namespace`, which the operation itself does not have. */
  readonly addsNamespace: boolean;
}

/** The catalogue with its RPCs. */
export const GRPC_OPERATIONS: readonly GrpcOperation[] = namedOperations().map(({ name, operation }) => ({
  name,
  operation,
  service: GRPC_SERVICES[operation.group],
  method: GRPC_METHODS[name],
  takesTask: name === 'submit.submit' || name === 'task.dryRun',
  addsNamespace: !takesNamespace(operation),
}));
