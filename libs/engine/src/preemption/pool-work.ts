import type { TaskMachineEvent, TaskRow } from '@precedent/tasks';

/** Events that end a lease, and whether they lose the work since the last checkpoint. */
const LOSES_WORK: Partial<Record<TaskMachineEvent['type'], boolean>> = {
  COMPLETED: false,
  YIELDED: false,
  SUSPENDED: false,
  STOPPED: true,
  LOST: true,
  GRACE_EXPIRED: true,
};

/** Milliseconds of run time: useful, and lost to preemption. */
interface WorkSums {
  readonly usefulMs: number;
  readonly lostMs: number;
}

/** Sums the run time of the leases that ended, by pool: the circuit breakers of the pools read it. */
export class PoolWork {
  readonly #byPool = new Map<string, WorkSums>();

  /** Adds the run time of a lease that this event ends or suspends. Call it before the record is applied. Returns the lost milliseconds. */
  add(row: TaskRow, { type, at }: TaskMachineEvent): number {
    if (!(type in LOSES_WORK) || row.state === 'suspended') return 0;
    const startedAt = row.run.startedAt ?? at;
    const ranMs = at - startedAt;
    const durableAt = Math.max(startedAt, row.durable.checkpoints[0]?.at ?? 0);
    const lostMs = row.state === 'preempting' && LOSES_WORK[type] === true ? at - durableAt : 0;
    const sum = this.#byPool.get(row.class.pool) ?? { usefulMs: 0, lostMs: 0 };
    this.#byPool.set(row.class.pool, {
      usefulMs: sum.usefulMs + ranMs - lostMs,
      lostMs: sum.lostMs + lostMs,
    });
    return lostMs;
  }

  /** The sums since the last call. */
  take(): readonly (readonly [pool: string, WorkSums])[] {
    const sums = [...this.#byPool];
    this.#byPool.clear();
    return sums;
  }
}
