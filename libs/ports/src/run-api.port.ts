import type {
  ApprovalsReply,
  DecideApprovalRequest,
  ListApprovalsRequest,
  RunPayload,
  RunView,
  SignalRunRequest,
} from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { OrProblem, Reply } from './task-api.port.ts';

/** The payload of a run with all durations in milliseconds, or what is wrong with it. Pure. */
export type ReadRunPayload = (
  payload: unknown,
) => { readonly payload: RunPayload } | { readonly error: Problem };

/** Somebody who changes a run; absent members: access is open. */
export interface RunActor {
  readonly by?: string | undefined;
  /** Only people approve. */
  readonly isHuman?: boolean | undefined;
}

type RunReply = Reply<OrProblem<RunView>>;

/** Runs of workflows. An answer comes by callback, once, and never before all that it rests on is durable. No method throws. */
export interface RunApi {
  show(id: string, reply: RunReply): void;
  signal(request: SignalRunRequest, actor: RunActor, reply: RunReply): void;
  decide(request: DecideApprovalRequest, actor: RunActor, reply: RunReply): void;
  pause(id: string, actor: RunActor, reply: RunReply): void;
  resume(id: string, actor: RunActor, reply: RunReply): void;
  approvals(request: ListApprovalsRequest, reply: Reply<ApprovalsReply>): void;
}
