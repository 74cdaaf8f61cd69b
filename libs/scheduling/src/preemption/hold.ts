import type { EpochMs } from '@precedent/kernel';
import { fits, plus, reliefPercent } from './amounts.ts';
import { classRulesOf } from './policy.ts';
import { goesOn, heldBy } from './rooms.ts';
import type { DecisionRound, RoundWorker } from './round.ts';
import type { Reservation, Waiting } from './snapshot.ts';
import { naturalEndAt } from './wait.ts';

/**
 * A reservation for a large task that cannot take anything now. A task that needs one other to end is first in the queue when
 * that happens; a task that needs two to end at once is overtaken by small ones for ever, unless a worker collects capacity for it.
 */
export const holdFor = (
  round: DecisionRound,
  preemptor: Waiting,
  wakeAt: EpochMs | undefined,
): Reservation | undefined => {
  const { policy, now } = round;
  if (!mayBeLarge(preemptor) || !hasWaited(round, preemptor) || !mayHold(round, preemptor)) return undefined;
  const worker = soonest(round, preemptor);
  if (worker === undefined) return undefined;
  return {
    task: preemptor.id,
    kind: 'held',
    base: preemptor.base,
    pool: preemptor.pool,
    tenant: preemptor.tenant,
    domain: preemptor.domain,
    worker: worker.view.id,
    amounts: preemptor.demand,
    // It ends when the task is decided again.
    expiresAt: Math.min(now + policy.holdMs, wakeAt ?? Number.MAX_SAFE_INTEGER),
  };
};

/** One slot and nothing else is never large. */
export const mayBeLarge = ({ demand }: Waiting): boolean =>
  demand.slots > 1 || demand.cpuMilli > 0 || demand.memoryMb > 0 || demand.gpu > 0;

const hasWaited = ({ policy, now }: DecisionRound, { base, waitingSince }: Waiting): boolean =>
  now - waitingSince >= classRulesOf(policy, base).holdAfterMs;

const mayHold = (round: DecisionRound, { pool }: Waiting): boolean => {
  let holds = 0;
  for (const { kind, pool: other } of round.reservations()) if (kind === 'held' && other === pool) holds++;
  return holds < round.policy.holdsMax;
};

interface Chance {
  readonly worker: RoundWorker;
  readonly ms: number;
  readonly missingPercent: number;
}

/** The worker where it fits soonest, by prediction or else by what is missing; `undefined` when it is not large anywhere. */
const soonest = (round: DecisionRound, preemptor: Waiting): RoundWorker | undefined => {
  let best: Chance | undefined;
  for (const id of preemptor.eligible) {
    const worker = round.worker(id);
    if (worker === undefined || !fits(preemptor.demand, worker.view.capacity)) continue;
    if (oneEndSuffices(worker, preemptor)) return undefined;
    const chance = chanceOn(round, worker, preemptor);
    if (best === undefined || isBetter(chance, best)) best = chance;
  }
  return best?.worker;
};

/** The end of one task that runs there, or that holds a reservation there: then it is enough to be first in the queue. */
const oneEndSuffices = ({ view, unreserved, reservations }: RoundWorker, { demand }: Waiting): boolean =>
  fits(demand, unreserved) ||
  view.running.some((task) => goesOn(task) && fits(demand, plus(unreserved, heldBy(task)))) ||
  reservations.some(({ amounts }) => fits(demand, plus(unreserved, amounts)));

const chanceOn = (round: DecisionRound, worker: RoundWorker, preemptor: Waiting): Chance => ({
  worker,
  ms: naturalEndAt(round, worker, preemptor)?.ms ?? Number.MAX_SAFE_INTEGER,
  missingPercent: reliefPercent(preemptor.demand, preemptor.demand, worker.unreserved),
});

const isBetter = (a: Chance, b: Chance): boolean => {
  if (a.ms !== b.ms) return a.ms < b.ms;
  if (a.missingPercent !== b.missingPercent) return a.missingPercent < b.missingPercent;
  return a.worker.view.id < b.worker.view.id;
};
