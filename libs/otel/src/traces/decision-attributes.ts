import { bandOf } from '@precedent/kernel';
import type { PreemptionTelemetryEvent } from '@precedent/ports';
import { REJECTIONS } from '@precedent/scheduling';
import type { Amounts, DecidedVictim, Decision, DecisionRecord } from '@precedent/scheduling';
import { messaging } from './span.ts';
import type { SpanAttributes } from './span.ts';

export type Decided = Extract<PreemptionTelemetryEvent, { name: 'preemption.decided' }>;

/** A decision record as span attributes. */
export const decisionAttributes = (event: Decided): SpanAttributes => {
  const { id, epoch, record } = event;
  const { decision } = record;
  return {
    ...messaging('preempt', undefined, bandOf(decision.preemptor.base)),
    'precedent.decision.id': id,
    'precedent.decision.outcome': decision.outcome,
    'precedent.decision.reason': decision.reason,
    'precedent.decision.rule.version': record.rule,
    'precedent.decision.snapshot.hash': record.hash,
    'precedent.scheduler.epoch': epoch,
    'precedent.trigger': decision.trigger,
    'precedent.pool': decision.pool,
    'precedent.worker.session': decision.worker,
    ...preemptorAttributes(event),
    ...victimsAttributes(decision.victims),
    ...candidateAttributes(decision),
    ...costAttributes(decision),
    ...policyAttributes(decision.victims),
    ...reservationAttributes(decision),
    'precedent.breaker.state': breakerStateOf(record),
  };
};

const preemptorAttributes = ({ record: { decision }, preemptor: row }: Decided): SpanAttributes => {
  const { id, base, rank, tenant, waitedMs, demand } = decision.preemptor;
  return {
    'precedent.tenant.preemptor': tenant,
    'precedent.namespace': row?.class.namespace ?? tenant,
    'precedent.preemptor.task.id': id,
    'precedent.preemptor.task.type': row?.class.type,
    'precedent.preemptor.task.band': bandOf(base),
    'precedent.preemptor.task.band.effective': bandOf(rank),
    'precedent.preemptor.task.wait_ms': waitedMs,
    'precedent.preemptor.task.demand': demandText(demand),
  };
};

const demandText = ({ cpuMilli, slots, memoryMb, gpu }: Amounts): string =>
  [
    ['cpu', cpuMilli / 1_000] as const,
    ['slot', slots] as const,
    ['memory_mb', memoryMb] as const,
    ['gpu', gpu] as const,
  ]
    .filter(([, amount]) => amount > 0)
    .map(([what, amount]) => `${what}=${amount}`)
    .join(',');

const victimsAttributes = (victims: readonly DecidedVictim[]): SpanAttributes => ({
  'precedent.victims.count': victims.length,
  ...(victims.length > 0 && {
    'precedent.victims.ids': victims.map(({ id }) => id),
    'precedent.victims.bands': victims.map(({ base }) => bandOf(base)),
    'precedent.victims.tenants': victims.map(({ tenant }) => tenant),
    'precedent.victims.lost_ms': victims.map(({ lostMs }) => lostMs),
    'precedent.victims.restore_ms': victims.map(({ restoreMs }) => restoreMs),
    'precedent.victims.preempt_count': victims.map(({ preemptCount }) => preemptCount),
    'precedent.victims.run_ms': victims.map(({ runMs }) => runMs),
    'precedent.victims.mode': victims.map(({ mode }) => mode),
  }),
});

const candidateAttributes = ({ candidates, reclaimed, stolen }: Decision): SpanAttributes => ({
  'precedent.candidates.total': candidates.total,
  'precedent.candidates.chosen': candidates.chosen,
  'precedent.candidates.not_needed': candidates.notNeeded,
  ...Object.fromEntries(
    REJECTIONS.map((reason) => [`precedent.candidates.rejected.${reason}`, candidates.rejected[reason] ?? 0]),
  ),
  'precedent.reclaimed.ids': reclaimed.length > 0 ? reclaimed.map(({ id }) => id) : undefined,
  'precedent.stolen.ids': stolen.length > 0 ? stolen.map(({ task }) => task) : undefined,
});

const costAttributes = ({ costMs, savedMs, natural, tenantTokens }: Decision): SpanAttributes => ({
  'precedent.cost.total_ms': costMs,
  'precedent.gain.saved_wait_ms': savedMs,
  'precedent.wait_natural_ms': natural?.ms,
  'precedent.prediction.support': natural?.support,
  'precedent.budget.tenant_remaining': tenantTokens,
});

/** Of the victim that leaves last, because the preemptor waits for it. */
const policyAttributes = (victims: readonly DecidedVictim[]): SpanAttributes => {
  const [last] = victims.toSorted((a, b) => b.deadline - a.deadline);
  if (last === undefined) return {};
  return {
    'precedent.policy.requested': last.requested,
    'precedent.policy.applied': last.mode,
    'precedent.grace_ms': last.graceMs,
    'precedent.deadline': isoText(last.deadline),
  };
};

const reservationAttributes = ({ reservation }: Decision): SpanAttributes =>
  reservation === undefined
    ? {}
    : {
        // A task holds at most one.
        'precedent.reservation.id': `${reservation.task}@${reservation.worker}`,
        'precedent.reservation.expires_at': isoText(reservation.expiresAt),
      };

const breakerStateOf = ({ decision, snapshot }: DecisionRecord): 'open' | 'closed' => {
  const pool = snapshot.pools.find((one) => one.pool === decision.pool);
  return (pool?.breakerOpenUntil ?? 0) > decision.at ? 'open' : 'closed';
};

export const isoText = (at: number): string => new Date(at).toISOString();
