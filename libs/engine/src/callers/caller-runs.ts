import { isInScope } from '@precedent/access';
import type {
  ApprovalsReply,
  DecideApprovalRequest,
  ListApprovalsRequest,
  Right,
  RunView,
  SignalRunRequest,
  TaskView,
} from '@precedent/contract-types';
import type { OrProblem, Reply, RunActor, RunApi, TaskApi } from '@precedent/ports';
import type { TaskCaller } from './task-caller.ts';

type RunReply = Reply<OrProblem<RunView>>;

export interface CallerRunsParts {
  readonly runs: RunApi;
  /** Of the caller. */
  readonly tasks: Pick<TaskApi, 'get'>;
  readonly caller: TaskCaller;
}

/** The runs that a caller may see and change: a run is a task, and has its namespace, project and security label. */
export class CallerRuns implements RunApi {
  readonly #parts: CallerRunsParts;

  constructor(parts: CallerRunsParts) {
    this.#parts = parts;
  }

  show(id: string, reply: RunReply): void {
    this.#when(id, 'read', reply, () => this.#parts.runs.show(id, reply));
  }

  signal(request: SignalRunRequest, _: RunActor, reply: RunReply): void {
    this.#when(request.id, 'control', reply, (actor) => this.#parts.runs.signal(request, actor, reply));
  }

  decide(request: DecideApprovalRequest, _: RunActor, reply: RunReply): void {
    this.#when(request.id, 'approve', reply, (actor) => this.#parts.runs.decide(request, actor, reply));
  }

  pause(id: string, _: RunActor, reply: RunReply): void {
    this.#when(id, 'control', reply, (actor) => this.#parts.runs.pause(id, actor, reply));
  }

  resume(id: string, _: RunActor, reply: RunReply): void {
    this.#when(id, 'control', reply, (actor) => this.#parts.runs.resume(id, actor, reply));
  }

  approvals(request: ListApprovalsRequest, reply: Reply<ApprovalsReply>): void {
    const { runs, caller } = this.#parts;
    runs.approvals({ ...request, namespace: caller.scope.namespace }, ({ approvals, truncated }) =>
      reply({ approvals: approvals.filter((approval) => isInScope(caller.scope, approval)), truncated }),
    );
  }

  #when(id: string, right: Right, reply: RunReply, act: (actor: RunActor) => void): void {
    const { tasks, caller, runs } = this.#parts;
    tasks.get(id, (answer) => {
      if (!isTask(answer)) return reply(answer);
      runs.show(id, (run) => {
        const error = 'steps' in run ? caller.refusal(right, answer) : run.error;
        if (error) reply({ error });
        else act(caller.actor);
      });
    });
  }
}

/** A failed task has an `error` too, but it has an id. */
const isTask = (answer: OrProblem<TaskView>): answer is TaskView => 'submittedAt' in answer;
