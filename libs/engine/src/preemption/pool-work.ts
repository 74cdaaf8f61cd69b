import type { TaskMachineEvent, TaskRow } from '@precedent/tasks';

/** Events that end a lease, and whether they lose what was done since the last checkpoint. */
const LOSES: Partial<Record<TaskMachineEvent['type'], boolean>> = {
  COMPLETED: false,
  YIELDED: false,
  SUSPENDED: false,
  STOPPED: true,
  LOST: true,
  GRACE_EXPIRED: true,
};

/** Milliseconds of run time: useful, and lost to preemption. */
interface Work {
  readonly usefulMs: number;
  readonly lostMs: number;
}

/** The work of the leases that ended, by pool. */
export class PoolWork {
  readonly #byPool = new Map<string, Work>();

  /** A lease ends or is suspended by this event. Call it before the record is applied. Returns the lost milliseconds. */
  add(row: TaskRow, { type, at }: TaskMachineEvent): number {
    if (!(type in LOSES) || row.state === 'suspended') return 0;
    const startedAt = row.run.startedAt ?? at;
    const ranMs = at - startedAt;
    const keptAt = Math.max(startedAt, row.durable.checkpoints[0]?.at ?? 0);
    const lostMs = row.state === 'preempting' && LOSES[type] === true ? at - keptAt : 0;
    const sum = this.#byPool.get(row.class.pool) ?? { usefulMs: 0, lostMs: 0 };
    this.#byPool.set(row.class.pool, {
      usefulMs: sum.usefulMs + ranMs - lostMs,
      lostMs: sum.lostMs + lostMs,
    });
    return lostMs;
  }

  /** Returns the sums since the last call. */
  take(): readonly (readonly [pool: string, Work])[] {
    const sums = [...this.#byPool];
    this.#byPool.clear();
    return sums;
  }
}
