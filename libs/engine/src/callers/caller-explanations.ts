import type {
  DecisionsRequest,
  DecisionView,
  DryRunView,
  EngineSnapshot,
  GetDefinitionRequest,
  LimitSpec,
  LimitUseView,
  TaskView,
  WhyView,
  WorkerView,
} from '@precedent/contract-types';
import { maskedDecisions, maskedDryRun, maskedWhy } from '@precedent/access';
import type { Visibility } from '@precedent/access';
import type { Problem } from '@precedent/kernel';
import type { DefinitionApi, ExplanationApi, OrProblem, Reply, TaskApi } from '@precedent/ports';
import type { DecisionRecord } from '@precedent/scheduling';
import type { Submission } from '@precedent/tasks';
import type { TaskCaller } from './task-caller.ts';

export interface CallerExplanationsParts {
  readonly explanations: ExplanationApi;
  /** Those of the caller. */
  readonly tasks: Pick<TaskApi, 'get'>;
  readonly definitions: Pick<DefinitionApi, 'get'>;
  readonly visible: Visibility;
  readonly caller: Pick<TaskCaller, 'clearanceProblem'>;
}

/** The explanations about the tasks that a caller sees; what they name of others is masked. */
export class CallerExplanations implements ExplanationApi {
  readonly #parts: CallerExplanationsParts;

  constructor(parts: CallerExplanationsParts) {
    this.#parts = parts;
  }

  why(id: string, reply: Reply<OrProblem<WhyView>>): void {
    const { explanations, tasks, visible } = this.#parts;
    tasks.get(id, (seen) => {
      if (isRefusal(seen)) return reply(seen);
      explanations.why(id, (view) => reply('error' in view ? view : maskedWhy(view, visible)));
    });
  }

  decisions(filter: DecisionsRequest, reply: Reply<readonly DecisionView<DecisionRecord>[]>): void {
    const { explanations, visible } = this.#parts;
    explanations.decisions(filter, (views) =>
      reply(maskedDecisions(views, visible) as readonly DecisionView<DecisionRecord>[]),
    );
  }

  dryRun(task: Submission, reply: Reply<OrProblem<DryRunView>>): void {
    const { explanations, visible, caller } = this.#parts;
    const error = caller.clearanceProblem(task);
    if (error) return reply({ error });
    explanations.dryRun(task, (view) => reply('error' in view ? view : maskedDryRun(view, visible)));
  }

  /** Who sees the limit sees its keys, but those of other namespaces; of the holders only tasks that it sees. */
  limitUse({ name }: GetDefinitionRequest, reply: Reply<OrProblem<LimitUseView>>): void {
    const { explanations, definitions, visible } = this.#parts;
    definitions.get('limit', { name }, (found) => {
      if (!('spec' in found)) return reply(found);
      const isOfCell = (found.spec as LimitSpec).wholeCell === true;
      explanations.limitUse({ name, namespace: found.namespace }, (use) =>
        reply('error' in use ? use : { ...use, keys: isOfCell ? [] : maskedKeys(use, visible) }),
      );
    });
  }

  /** The workers and the state of the cell are for callers of the cell: the catalogue of operations lets no others come here. */
  workers(reply: Reply<readonly WorkerView[]>): void {
    this.#parts.explanations.workers(reply);
  }

  status(reply: Reply<EngineSnapshot>): void {
    this.#parts.explanations.status(reply);
  }
}

const maskedKeys = ({ keys }: LimitUseView, visible: Visibility): LimitUseView['keys'] =>
  keys.map((key) => ({ ...key, holders: key.holders.filter((id) => visible.seesTask(id)) }));

const isRefusal = (answer: OrProblem<TaskView>): answer is { readonly error: Problem } => !('id' in answer);
