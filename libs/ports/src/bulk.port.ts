import type {
  AuditedRequest,
  BulkPiece,
  BulkPieceReply,
  BulkPreview,
  BulkPreviewRequest,
  DeleteRequest,
  HistoryListRequest,
  HistoryListReply,
  LeaseRef,
  TaskView,
} from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { Caller } from './callers.port.ts';
import type { OrProblem } from './task-api.port.ts';

/** The same operation on many tasks. The first two methods reject with the problem of a refusal. */
export interface BulkApi {
  preview(request: BulkPreviewRequest, caller: Caller): Promise<BulkPreview>;
  /** Resolves to the task that does it. */
  start(token: string, caller: Caller): Promise<TaskView>;
  /** Acts on a piece of the set of a leased bulk task, for the principal that started it. Never rejects. */
  act(session: string, lease: LeaseRef, piece: BulkPiece): Promise<OrProblem<BulkPieceReply>>;
}

/** The tasks that an engine has forgotten. */
export interface SettledTasks {
  /** Rejects HISTORY_UNAVAILABLE. */
  list(request: HistoryListRequest): Promise<HistoryListReply>;
  /** Why the caller may not delete a forgotten task of a namespace; `undefined` when it may. Never rejects. */
  deletionProblem(
    task: Pick<DeleteRequest, 'id' | 'namespace'>,
    caller: Caller,
  ): Promise<Problem | undefined>;
}

/** Resolves when it is durable that something is going to be done. Rejects AUDIT_UNAVAILABLE: then it must not be done. */
export type RecordAction = (
  facts: Pick<
    AuditedRequest,
    'operation' | 'credential' | 'principal' | 'kind' | 'namespace' | 'project' | 'targets'
  >,
) => Promise<void>;
