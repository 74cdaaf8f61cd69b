import type {
  ApprovalsReply,
  DecideApprovalRequest,
  ListApprovalsRequest,
  RunView,
  SignalRunRequest,
} from '@precedent/contract-types';
import type { ReplyOf, RunOperations, RunVerb } from '@precedent/contracts';
import type { Api } from './api.ts';
import { callService } from './api.ts';

/**
 * Runs of workflows. A run is a task of type `workflow`: it is submitted, awaited and cancelled as any other. Everything here throws
 * ENGINE_UNREACHABLE when no engine answers, and TASK_NOT_FOUND for a run that the engine does not have.
 */
export class RunClient {
  readonly #api: Api;
  readonly #timeoutMs: number;

  constructor(api: Api, timeoutMs: number) {
    this.#api = api;
    this.#timeoutMs = timeoutMs;
  }

  /** The run with its steps. */
  show(id: string): Promise<RunView> {
    return this.#call('show', { id });
  }

  /** The next step that waits for the signal completes with its payload. Throws TASK_SETTLED. */
  signal(request: SignalRunRequest): Promise<RunView> {
    return this.#call('signal', request);
  }

  /** Approves or refuses a step. Throws FORBIDDEN, and PRECONDITION_FAILED for a step that does not wait for it. */
  decide(request: DecideApprovalRequest): Promise<RunView> {
    return this.#call('decide', request);
  }

  /** Nothing new starts until it is resumed. */
  pause(id: string): Promise<RunView> {
    return this.#call('pause', { id });
  }

  resume(id: string): Promise<RunView> {
    return this.#call('resume', { id });
  }

  /** What can be approved now, the oldest first. */
  approvals(request: ListApprovalsRequest = {}): Promise<ApprovalsReply> {
    return this.#call('approvals', request);
  }

  #call<V extends RunVerb>(verb: V, body: object): Promise<ReplyOf<RunOperations[V]>> {
    const { link, subjects } = this.#api;
    return callService(link, {
      subject: subjects.runs(verb),
      body,
      timeoutMs: this.#timeoutMs,
      service: 'the engine',
      unavailable: 'ENGINE_UNREACHABLE',
    });
  }
}
