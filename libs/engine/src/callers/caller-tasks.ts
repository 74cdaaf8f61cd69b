import { clearancesIn, isInScope, maskedTask } from '@precedent/access';
import type {
  CancelRequest,
  CountsReply,
  CountsRequest,
  DeleteReply,
  DeleteRequest,
  ListReply,
  ListRequest,
  RetryReply,
  RebandRequest,
  Right,
  SubmitReply,
  TaskView,
} from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type { Offer, OrProblem, Redrive, Reply, TaskApi } from '@precedent/ports';
import type { Submission } from '@precedent/tasks';
import { unknownDependency } from '../dependencies/dependency-refusal.ts';
import type { TaskCaller } from './task-caller.ts';

type TaskReply = Reply<OrProblem<TaskView>>;

/** Which of the engine's tasks a caller may see; of those that the engine does not have, both are `false`. */
export interface VisibleTasks {
  readonly seesTask: (id: string) => boolean;
  readonly hidesTask: (id: string) => boolean;
}

/** The tasks that a caller may see. A task outside its scope is answered as a task that does not exist. */
export class CallerTasks implements TaskApi {
  readonly #tasks: TaskApi;
  readonly #caller: TaskCaller;
  readonly #visible: VisibleTasks;

  constructor(tasks: TaskApi, caller: TaskCaller, visible: VisibleTasks) {
    this.#tasks = tasks;
    this.#caller = caller;
    this.#visible = visible;
  }

  submit(offers: readonly Offer[], reply: Reply<readonly SubmitReply[]>): void {
    const judged = offers.map((offer) => this.#judge(offer));
    const accepted = judged.filter((one): one is Offer => !('error' in one));
    const answer = (replies: readonly SubmitReply[]): void => {
      this.#caller.submitted(accepted, replies);
      let next = 0;
      reply(judged.map((one) => ('error' in one ? one : this.#masked(replies[next++] ?? UNANSWERED))));
    };
    if (accepted.length === 0) return answer([]);
    this.#tasks.submit(accepted, answer);
  }

  /** The task that has an idempotency key is named to those who may see it. */
  #masked(answer: SubmitReply): SubmitReply {
    if (!('error' in answer) || answer.error.code !== 'IDEMPOTENCY_CONFLICT') return answer;
    return this.#visible.seesTask(String(answer.error.details?.['id'])) ? answer : { error: KEY_TAKEN };
  }

  #judge(offer: Offer): Offer | { readonly error: Problem } {
    const { scope } = this.#caller;
    if ('problem' in offer) return { ...offer, namespace: scope.namespace };
    const by = this.#caller.submitterOf(offer.task);
    const task = { ...offer.task, namespace: offer.task.namespace ?? scope.namespace, by };
    if (task.namespace !== scope.namespace) return { error: otherNamespace(scope.namespace, task.namespace) };
    const error = this.#hiddenDependency(offer.task) ?? this.#caller.refusalOf(task, offer.band);
    return error === undefined ? { ...offer, task } : { error };
  }

  #hiddenDependency({ dependsOn = [] }: Submission): Problem | undefined {
    const index = dependsOn.findIndex(({ task }) => this.#visible.hidesTask(task));
    const dependency = dependsOn[index];
    return dependency && unknownDependency(dependency.task, index);
  }

  room(band: Band): number {
    return this.#tasks.room(band);
  }

  get(id: string, reply: TaskReply): void {
    this.#tasks.get(id, this.#ifSeen(id, reply));
  }

  wait(id: string, timeoutMs: number, reply: TaskReply): void {
    this.#whenSeen(id, reply, () => this.#tasks.wait(id, timeoutMs, this.#ifSeen(id, reply)));
  }

  list(filter: ListRequest, reply: Reply<ListReply>): void {
    const { namespace, projects } = this.#caller.scope;
    const cleared = clearancesIn(this.#caller.scope);
    if (filter.namespace !== undefined && filter.namespace !== namespace) return reply(NONE);
    const within = projects === '*' ? {} : { projects };
    this.#tasks.list({ ...filter, namespace, ...within, ...defined({ cleared }) }, ({ tasks, truncated }) =>
      reply({
        tasks: tasks.filter((task) => isInScope(this.#caller.scope, task)).map(maskedTask),
        truncated,
      }),
    );
  }

  counts(filter: CountsRequest, reply: Reply<CountsReply>): void {
    const { namespace, projects } = this.#caller.scope;
    const cleared = clearancesIn(this.#caller.scope);
    const within = projects === '*' ? {} : { projects };
    this.#tasks.counts({ ...filter, namespace, ...within, ...defined({ cleared }) }, reply);
  }

  cancel(request: CancelRequest, reply: TaskReply): void {
    const { id } = request;
    this.#whenAllowed({ id, right: 'control' }, reply, () =>
      this.#tasks.cancel(request, this.#ifSeen(id, reply)),
    );
  }

  /** The caller submits the repetition, by the rights that it has now. */
  retry(request: Redrive, reply: Reply<OrProblem<RetryReply>>): void {
    const answer: Reply<OrProblem<RetryReply>> = (given) =>
      reply('task' in given ? { ...given, task: maskedTask(given.task) } : given);
    this.#whenSeen(request.id, reply, () =>
      this.#tasks.retry(request, answer, (offers, done) => this.submit(offers, done)),
    );
  }

  reband(request: RebandRequest, reply: TaskReply): void {
    const { id, band } = request;
    this.#whenSeen(id, reply, (task) => {
      const error = this.#caller.refusal('control', task) ?? this.#caller.bandRefusal(task, band);
      if (error) return reply({ error });
      this.#tasks.reband(request, (answer) => {
        this.#caller.rebanded(task, band, answer);
        this.#ifSeen(id, reply)(answer);
      });
    });
  }

  delete(request: DeleteRequest, reply: Reply<OrProblem<DeleteReply>>): void {
    const { id, forgotten } = request;
    const { namespace } = this.#caller.scope;
    const act = (): void => this.#tasks.delete({ ...request, namespace }, reply);
    // Whether a task that the engine has forgotten is of the namespace was checked with the history.
    if (forgotten) act();
    else this.#whenAllowed({ id, right: 'administer' }, reply, act);
  }

  /** Calls `act` when the task is in scope. No other task can have its id by then: an id stays taken while it is remembered. */
  #whenSeen(id: string, reply: Reply<{ readonly error: Problem }>, act: (task: TaskView) => void): void {
    this.#tasks.get(id, (answer) => {
      if (isTask(answer) && isInScope(this.#caller.scope, answer)) act(answer);
      else reply(this.#hidden(id, answer));
    });
  }

  #whenAllowed(
    { id, right }: { readonly id: string; readonly right: Right },
    reply: Reply<{ readonly error: Problem }>,
    act: () => void,
  ): void {
    this.#whenSeen(id, reply, (task) => {
      const error = this.#caller.refusal(right, task);
      if (error) reply({ error });
      else act();
    });
  }

  #ifSeen(id: string, reply: TaskReply): TaskReply {
    return (answer) => {
      const isSeen = isTask(answer) && isInScope(this.#caller.scope, answer);
      reply(isSeen ? maskedTask(answer) : this.#hidden(id, answer));
    };
  }

  /** A refusal as it is, but for one that says what was under the id: that may have been a task of another namespace. */
  #hidden<T extends object>(id: string, answer: OrProblem<T>): { readonly error: Problem } {
    const { namespace } = this.#caller.scope;
    const problem = 'error' in answer && !isTask(answer) ? (answer.error as Problem) : undefined;
    if (problem === undefined || problem.code === 'TASK_NOT_FOUND')
      return { error: unknownIn(namespace, id) };
    return { error: problem };
  }
}

const NONE: ListReply = { tasks: [], truncated: false };

const KEY_TAKEN: Problem = {
  code: 'IDEMPOTENCY_CONFLICT',
  message: 'the idempotency key belongs to another task',
};

const UNANSWERED: SubmitReply = {
  error: { code: 'INTERNAL', message: 'the engine gave no answer for this task' },
};

/** A failed task has an `error` too, but it has an id. */
const isTask = (answer: object): answer is TaskView => 'id' in answer && 'namespace' in answer;

const unknownIn = (namespace: string, id: string): Problem => ({
  code: 'TASK_NOT_FOUND',
  message: `no task of namespace ${namespace} has the id ${id}`,
});

const otherNamespace = (expected: string, given: string): Problem => ({
  code: 'INVALID_REQUEST',
  message: `this subject is for namespace ${expected}; the task names ${given}`,
  issues: [{ field: 'namespace', message: `expected ${expected} or none, got ${given}` }],
});
