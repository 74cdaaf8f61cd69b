import { isClearedFor } from '@precedent/access';
import type { BandCounts, Cleared, CountsReply, CountsRequest } from '@precedent/contract-types';
import { perBand } from '@precedent/kernel';
import { isLeased, isSettled } from '@precedent/tasks';
import type { TaskClass, TaskStateName } from '@precedent/tasks';

type Counts = { -readonly [K in keyof BandCounts]: number };

interface Kind {
  readonly of: Pick<TaskClass, 'namespace' | 'project' | 'security' | 'band'>;
  readonly counts: Counts;
}

const nothing = (): Counts => ({
  waiting: 0,
  queued: 0,
  running: 0,
  retrying: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  timed_out: 0,
  skipped: 0,
  rejected: 0,
});

/** Counts tasks by what callers are kept apart by, and by band and state. */
export class KindCounts {
  readonly #byClass = new WeakMap<TaskClass, Counts>();
  readonly #kinds = new Map<string, Kind>();

  change(taskClass: TaskClass, state: TaskStateName, by: 1 | -1): void {
    const counts = this.#byClass.get(taskClass) ?? this.#open(taskClass);
    counts[countedAs(state)] += by;
  }

  /** The counts of what a filter names. */
  of({ namespace, project, projects, cleared }: Cleared<CountsRequest>): CountsReply {
    const bands = perBand(nothing);
    for (const { of, counts } of this.#kinds.values()) {
      if (namespace !== undefined && namespace !== of.namespace) continue;
      if (project !== undefined && project !== of.project) continue;
      if (projects !== undefined && !projects.includes(of.project)) continue;
      if (cleared !== undefined && !isClearedFor(cleared, of)) continue;
      const sum = bands[of.band];
      for (const name of Object.keys(counts) as (keyof Counts)[]) sum[name] += counts[name];
    }
    return { bands };
  }

  #open(taskClass: TaskClass): Counts {
    const { namespace, project, security, band } = taskClass;
    const key = JSON.stringify([namespace, project, security, band]);
    const kind = this.#kinds.get(key) ?? { of: { namespace, project, security, band }, counts: nothing() };
    this.#kinds.set(key, kind);
    this.#byClass.set(taskClass, kind.counts);
    return kind.counts;
  }
}

const countedAs = (state: TaskStateName): keyof Counts => {
  if (isSettled(state)) return state;
  if ((isLeased(state) && state !== 'suspended') || state === 'orchestrating') return 'running';
  if (state === 'waiting') return state;
  return state === 'queued' || state === 'pending' ? 'queued' : 'retrying';
};
