import { rankOf } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import { NO_AMOUNTS, demandOf, fits, freedByFreezing, minus, plus } from '@precedent/scheduling';
import type { Amounts, Capacity, QueueClass, Pinned } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { Fleet } from '../workers/fleet.ts';
import type { WorkerSession } from '../workers/worker-session.ts';

/** The free resources of workers during one round of the dispatcher: counts what its starts take of processors, memory and GPUs. */
export class RoundCapacity {
  readonly #fleet: Fleet;
  readonly #taken = new Map<string, Amounts>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  readonly hasRoom = (id: string, queueClass: QueueClass<TaskRow>): boolean =>
    this.#fits(id, demandOf(queueClass.placement.resources));

  readonly took = (id: string, queueClass: QueueClass<TaskRow>): void =>
    this.#take(id, demandOf(queueClass.placement.resources));

  /** The suspended tasks, each with the worker on which it has its lease: it waits there for the slot that it gave up. */
  pinned(rowOf: (id: string) => TaskRow | undefined): Pinned<TaskRow>[] {
    return [...this.#fleet.withSuspended()].flatMap((session) => {
      const at = capacityOf(session);
      const waiting = at ? [...session.suspended] : [];
      return waiting.flatMap(([id, usage]): Pinned<TaskRow>[] => {
        const task = rowOf(id);
        const lacking = freedByFreezing(usage);
        const room = {
          hasRoom: () => this.#fits(session.session, lacking),
          took: () => this.#take(session.session, lacking),
        };
        const base = task && (rankOf(task.class.band) as BandRank);
        return task && at && base !== undefined && task.state === 'suspended'
          ? [{ task, base, at, ...room }]
          : [];
      });
    });
  }

  #fits(id: string, demand: Amounts): boolean {
    const session = this.#fleet.get(id);
    if (session === undefined) return false;
    const gone = plus(plus(session.used, session.reserved), this.#taken.get(id) ?? NO_AMOUNTS);
    return fits(demand, minus(session.supply, gone));
  }

  #take(id: string, demand: Amounts): void {
    this.#taken.set(id, plus(this.#taken.get(id) ?? NO_AMOUNTS, demand));
  }
}

/** A draining worker takes no new task, but resumes its suspended ones. */
const capacityOf = (session: WorkerSession): Capacity | undefined => {
  if (session.state === 'ready') return session;
  return session.state === 'draining' ? { session: session.session, free: session.unused } : undefined;
};
