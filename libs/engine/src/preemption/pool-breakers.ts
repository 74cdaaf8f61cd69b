import type { EpochMs } from '@precedent/kernel';
import type { Telemetry } from '@precedent/ports';
import { CLOSED_BREAKER, breakerAfter, isBreakerOpen } from '@precedent/scheduling';
import type { BreakerRecord, BreakerState, Policy } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';

interface Victim {
  readonly at: EpochMs;
  readonly pool: string;
}

/** Limits preemption in each pool: counts the victims of a time window, and opens a circuit breaker when preemption costs too much. */
export class PoolBreakers {
  readonly #policy: Policy;
  readonly #telemetry: Telemetry;
  readonly #byPool = new Map<string, BreakerState>();
  #victims: Victim[] = [];

  constructor(policy: Policy, telemetry: Telemetry) {
    this.#policy = policy;
    this.#telemetry = telemetry;
  }

  record(pool: string, record: BreakerRecord): void {
    const before = this.#byPool.get(pool) ?? CLOSED_BREAKER;
    const after = breakerAfter(before, record, this.#policy.breaker);
    this.#byPool.set(pool, after);
    if (!isBreakerOpen(after, record.at) || isBreakerOpen(before, record.at)) return;
    const { openUntil: until, cause = 'repeats' } = after;
    this.#telemetry.emit({ name: 'preemption.breaker', pool, open: true, cause, until });
  }

  recordVictim({ durable, run }: TaskRow, pool: string, at: EpochMs): void {
    this.#victims.push({ at, pool });
    const resumed = durable.preemptions > 0 && run.startedAt !== undefined;
    this.record(pool, {
      kind: 'preemption',
      at,
      ...(resumed && { sinceResumeMs: at - (run.startedAt ?? at) }),
    });
  }

  openUntil(pool: string): EpochMs {
    return this.#byPool.get(pool)?.openUntil ?? 0;
  }

  /** Returns how many victims each pool had within the window of the limit. */
  victimsAt(now: EpochMs): (pool: string) => number {
    const since = now - this.#policy.capWindowMs;
    this.#victims = this.#victims.filter(({ at }) => at > since);
    return (pool) => this.#victims.filter((victim) => victim.pool === pool).length;
  }
}
