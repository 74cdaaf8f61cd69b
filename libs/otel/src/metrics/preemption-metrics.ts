import { bandOf } from '@precedent/kernel';
import type { PreemptionTelemetryEvent } from '@precedent/ports';
import type { RecentDecisions } from '../recent-decisions.ts';
import type { MetricName } from './metrics.ts';
import type { Registry } from './registry.ts';

type EventOf<Name extends PreemptionTelemetryEvent['name']> = Extract<
  PreemptionTelemetryEvent,
  { name: Name }
>;

/** Counts decisions and how they ended. */
export class PreemptionMetrics {
  readonly #registry: Registry<MetricName>;
  readonly #decisions: RecentDecisions;
  /** Until when the breaker of a pool is open. */
  readonly #breakers = new Map<string, number>();

  constructor(registry: Registry<MetricName>, decisions: RecentDecisions) {
    this.#registry = registry;
    this.#decisions = decisions;
  }

  record(event: PreemptionTelemetryEvent): void {
    switch (event.name) {
      case 'preemption.decided':
        return this.#decided(event);
      case 'preemption.round':
        return this.#registry.distribution('precedent_preemption_round_seconds').observe(event.ms / 1_000);
      case 'preemption.ended':
        return this.#ended(event);
      case 'express.ended':
        return this.#registry
          .distribution('precedent_express_excess_seconds', event.end)
          .observe(event.ms / 1_000);
      case 'preemption.breaker':
        this.#breakers.set(event.pool, event.until);
        return;
    }
  }

  /** Brings the gauges up to `now`: a breaker closes by time alone. */
  sample(now: number): void {
    for (const [pool, until] of this.#breakers) {
      this.#registry.value('precedent_preempt_breaker_open', pool).set(now < until ? 1 : 0);
    }
  }

  #decided({ id, record: { decision } }: EventOf<'preemption.decided'>): void {
    const { at, pool, preemptor, outcome, reason, victims } = decision;
    this.#decisions.add(id, { at, pool, band: bandOf(preemptor.base) });
    this.#registry.value('precedent_preemption_decisions_total', outcome, reason).add();
    if (victims.length > 0)
      this.#registry.distribution('precedent_victims_per_decision').observe(victims.length);
    if (!this.#breakers.has(pool)) this.#breakers.set(pool, 0);
  }

  #ended({ decision, end, waitedMs, inTime }: EventOf<'preemption.ended'>): void {
    const band = this.#decisions.get(decision)?.band ?? 'unknown';
    const result = end === 'started' ? (inTime ? 'in_time' : 'late') : end;
    this.#registry.value('precedent_preemptors_total', band, result).add();
    if (end !== 'started') return;
    this.#registry.distribution('precedent_preemptor_start_latency_seconds', band).observe(waitedMs / 1_000);
  }
}
