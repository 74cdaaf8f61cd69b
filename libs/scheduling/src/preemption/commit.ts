import type { EpochMs } from '@precedent/kernel';
import type { VictimCandidate } from './candidate.ts';
import type {
  DecidedVictim,
  Decision,
  Outcome,
  Reason,
  Reclaimed,
  PreemptedReservation,
} from './decision.ts';
import { graceMsOf, requestedMode, timesOf } from './mode-choice.ts';
import { hasVictims, planCostMs, reclaimedOf, claimedReservations, victimsOf } from './plan.ts';
import type { Plan } from './plan.ts';
import type { Policy } from './policy.ts';
import { leavingOf } from './rooms.ts';
import type { DecisionRound } from './round.ts';
import type { Reservation, Waiting } from './snapshot.ts';

/** The parts of a decision that takes something. */
export type Taking = Pick<
  Decision,
  'outcome' | 'reason' | 'worker' | 'victims' | 'reclaimed' | 'stolen' | 'reservation' | 'costMs'
>;

/** Step 7: the victims with their deadlines, and the reservation that keeps what they leave for the preemptor. */
export const takingOf = (round: DecisionRound, preemptor: Waiting, plan: Plan): Taking => {
  const victims = victimsOf(plan).map((candidate) => victimOf(candidate, round));
  return {
    ...outcomeOf(plan),
    worker: plan.worker,
    victims,
    reclaimed: reclaimedOf(plan).map(({ task, kind }): Reclaimed => ({
      id: task.id,
      kind: kind === 'recall' ? kind : 'park',
    })),
    stolen: claimedReservations(plan).map(({ task, base }): PreemptedReservation => ({ task, base })),
    reservation: reservationOf(round, preemptor, plan, victims),
    costMs: planCostMs(plan),
  };
};

const outcomeOf = (plan: Plan): { outcome: Outcome; reason: Reason } => {
  if (hasVictims(plan)) return { outcome: 'preempted', reason: 'victims' };
  if (claimedReservations(plan).length > 0) return { outcome: 'reservation_stolen', reason: 'higher_band' };
  return { outcome: 'reclaim_idle', reason: plan.items.length > 0 ? 'reclaimed' : 'leaving' };
};

const victimOf = (
  { task, mode, protection, cost }: VictimCandidate,
  { policy, now }: DecisionRound,
): DecidedVictim => ({
  id: task.id,
  base: task.base,
  protection,
  pool: task.pool,
  tenant: task.tenant,
  ...(task.workflow !== undefined && { workflow: task.workflow }),
  requested: requestedMode(task, policy),
  mode,
  ...timesOf(mode, task, policy, now),
  graceMs: graceMsOf(task, policy),
  ...cost,
  runMs: now - task.startedAt,
  preemptCount: task.preemptCount,
});

const reservationOf = (
  round: DecisionRound,
  { id, base, pool, tenant, domain, demand }: Waiting,
  plan: Plan,
  victims: readonly DecidedVictim[],
): Reservation => ({
  task: id,
  kind: 'freed',
  base,
  pool,
  tenant,
  domain,
  worker: plan.worker,
  amounts: demand,
  expiresAt: lastDeadline(round, plan, victims) + round.policy.reservationMarginMs,
});

/** When all that the preemptor waits for is gone: its victims, what it reclaims, what leaves anyway. */
const lastDeadline = (round: DecisionRound, plan: Plan, victims: readonly DecidedVictim[]): EpochMs => {
  const { now, policy } = round;
  let last = reclaimedOf(plan).length > 0 ? now + policy.recallMs : now;
  for (const { deadline } of victims) last = Math.max(last, deadline);
  for (const { expiresAt } of claimedReservations(plan))
    last = Math.max(last, expiresAt - policy.reservationMarginMs);
  const worker = round.worker(plan.worker);
  if (worker === undefined) return last;
  return leavingOf(worker.view).reduce((latest, task) => Math.max(latest, task.endsBy ?? 0), last);
};

/** What is to be free, and by when, once the deadlines have changed; see `atDeadline`. */
export const extended = (reservation: Reservation, deadline: EpochMs, policy: Policy): Reservation => ({
  ...reservation,
  expiresAt: Math.max(reservation.expiresAt, deadline + policy.reservationMarginMs),
});
