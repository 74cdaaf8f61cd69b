import type { Ended } from '@precedent/orchestration';
import type { Offer } from '@precedent/ports';
import type { BaseParts } from '../cell/base-parts.ts';

/** Ids of tasks that the engine does not have, by the namespace of the tasks that depend on them. */
export type ForgottenTasks = ReadonlyMap<string, ReadonlySet<string>>;

const NONE: ForgottenTasks = new Map();

/** Finds the verdicts of tasks that the engine has forgotten, for the submissions that depend on them. */
export class DependencyLookup {
  readonly #parts: Pick<BaseParts, 'state' | 'options' | 'archive'>;

  constructor(parts: Pick<BaseParts, 'state' | 'options' | 'archive'>) {
    this.#parts = parts;
  }

  /** What has to be looked up: ids that are neither of the engine's tasks nor of the same submission, nor expected. */
  forgotten(offers: readonly Offer[]): ForgottenTasks {
    if (this.#parts.archive === undefined || !offers.some(dependsOnTasks)) return NONE;
    const own = new Set(offers.map((offer) => ('task' in offer ? (offer.task.id ?? offer.id) : offer.id)));
    const found = new Map<string, Set<string>>();
    for (const offer of offers.filter(dependsOnTasks)) {
      const { namespace = this.#parts.options.defaults.namespace, dependsOn = [] } = offer.task;
      const ids = dependsOn.flatMap(({ task, expect }) =>
        own.has(task) || !this.#isForgotten(task, expect) ? [] : [task],
      );
      if (ids.length > 0) found.set(namespace, new Set([...(found.get(namespace) ?? []), ...ids]));
    }
    return found;
  }

  #isForgotten(id: string, expect: number | undefined): boolean {
    const { table } = this.#parts.state;
    return table.get(id) === undefined && (expect === undefined || table.wasSettled(id));
  }

  /** By id. Rejects with HISTORY_UNAVAILABLE when the history does not answer: the submission may be repeated later. */
  async find(forgotten: ForgottenTasks): Promise<ReadonlyMap<string, Ended>> {
    const { archive } = this.#parts;
    const found = new Map<string, Ended>();
    for (const [namespace, ids] of forgotten)
      for (const [id, task] of (await archive?.verdicts(namespace, [...ids])) ?? [])
        if (task.security === undefined) found.set(id, task);
    return found;
  }
}

type Depending = Extract<Offer, { readonly task: unknown }>;

export const dependsOnTasks = (offer: Offer): offer is Depending =>
  'task' in offer && offer.task.dependsOn !== undefined;
