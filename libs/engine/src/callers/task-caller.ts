import { idProblem, isClearedFor, may, maySubmit, notCleared } from '@precedent/access';
import type { AccessVerdict, CompiledPrincipal } from '@precedent/access';
import type { AccessScope, Right, SubmitReply, TaskView } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { Offer, OrProblem, RunActor } from '@precedent/ports';
import { bandFor } from '@precedent/tasks';
import type { Submission, Submitter, TaskDefaults } from '@precedent/tasks';
import type { CriticalBudgets } from './critical-budgets.ts';

export interface TaskCallerOptions {
  readonly principal: CompiledPrincipal;
  /** The tasks that it may see. */
  readonly scope: AccessScope;
  readonly budgets: CriticalBudgets;
  readonly defaults: Pick<TaskDefaults, 'project'>;
  readonly now: EpochMs;
}

/** Whose request it is, and what that principal may do with tasks now. */
export class TaskCaller {
  readonly scope: AccessScope;
  readonly submitter: Submitter;
  readonly #options: TaskCallerOptions;

  constructor(options: TaskCallerOptions) {
    this.#options = options;
    this.scope = options.scope;
    const { name, credential } = options.principal.principal;
    this.submitter = { name, credential };
  }

  /** Who changes a run. */
  get actor(): RunActor {
    const { name, kind } = this.#options.principal.principal;
    return { by: name, isHuman: kind === 'human' };
  }

  /** Who submits a task, and with which key it says that it signed it. */
  submitterOf({ signature }: Submission): Submitter {
    return signature === undefined ? this.submitter : { ...this.submitter, signer: signature.key };
  }

  /** Why it may not do something with a task that it sees; `undefined` when it may. */
  refusal(right: Right, { namespace, project, security, submittedBy }: TaskView): Problem | undefined {
    const { principal, now } = this.#options;
    const resource = { namespace, project, security, submittedBy };
    return problemIn(may(principal, { right, reach: 'namespace' }, resource, now));
  }

  /** Why it may not even ask about tasks with this label; `undefined` when it is cleared for it. */
  clearanceProblem({ project, security }: Submission): Problem | undefined {
    const { scope, defaults } = this.#options;
    const isCleared = isClearedFor(scope, { project: project ?? defaults.project, security });
    return isCleared ? undefined : notCleared({ namespace: scope.namespace, project });
  }

  /** Why it may not submit a task; `undefined` when it may, and then a critical one counts for its budget. */
  refusalOf(
    task: Submission & { readonly namespace: string },
    ingressBand: Band | undefined,
  ): Problem | undefined {
    const { principal, budgets, defaults, now } = this.#options;
    const { id, namespace, project = defaults.project, type = 'command', origin, security } = task;
    // The id of a repetition is derived by the engine, and no client can choose it.
    const isChosen = id !== undefined && task.redriveOf === undefined;
    const wrongId = isChosen ? idProblem(namespace, id) : undefined;
    if (wrongId) return wrongId;
    const band = bandFor(task, ingressBand);
    const spent = budgets.spentBy(this.submitter.name, now);
    const offered = { namespace, project, type, band, origin, security };
    const problem = problemIn(maySubmit(principal, offered, spent, now));
    if (problem === undefined && band === 'critical') budgets.spend(this.submitter.name, now);
    return problem;
  }

  /** Why it may not move a task to this band; `undefined` when it may: to a higher one if it may submit the task there. */
  bandRefusal(
    { namespace, project, type, security, band: before }: TaskView,
    band: Band,
  ): Problem | undefined {
    if (rankOf(band) <= rankOf(before)) return undefined;
    const { principal, budgets, now } = this.#options;
    const spent = budgets.spentBy(this.submitter.name, now);
    const problem = problemIn(maySubmit(principal, { namespace, project, type, band, security }, spent, now));
    if (problem === undefined && band === 'critical') budgets.spend(this.submitter.name, now);
    return problem;
  }

  /** A task that did not become critical is no expense. */
  rebanded({ band: before }: TaskView, band: Band, answer: OrProblem<TaskView>): void {
    const isMoved = 'namespace' in answer;
    if (band === 'critical' && before !== 'critical' && !isMoved)
      this.#options.budgets.refund(this.submitter.name, this.#options.now);
  }

  /** A critical task that did not become a new one is no expense. */
  submitted(offers: readonly Offer[], replies: readonly SubmitReply[]): void {
    const { budgets, now } = this.#options;
    offers.forEach((offer, index) => {
      const reply = replies[index];
      const isNew = reply !== undefined && 'id' in reply && reply.duplicate !== true;
      if (!isNew && isCritical(offer)) budgets.refund(this.submitter.name, now);
    });
  }
}

const isCritical = (offer: Offer): boolean =>
  'task' in offer && bandFor(offer.task, offer.band) === 'critical';

const problemIn = (verdict: AccessVerdict): Problem | undefined =>
  verdict.allowed ? undefined : verdict.problem;
