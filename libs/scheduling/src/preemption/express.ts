import type { BandRank } from '@precedent/kernel';
import { fits } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import { classRulesOf } from './policy.ts';
import type { Policy } from './policy.ts';
import { frozen, visibleRoom } from './rooms.ts';
import type { DecisionRound, RoundWorker } from './round.ts';
import type { Running, Waiting } from './snapshot.ts';
import { breakerUntil, skipOf } from './trigger.ts';

/**
 * The worker in whose express slot a waiting task starts at once; `undefined` where none may take it. Slots and processors are exceeded,
 * memory and GPUs never. The worker has to return to its slot count, so one is chosen that runs a task which the preemptor's band may preempt: the
 * one with the most free express slots, the smallest id among equals.
 */
export const expressWorker = (round: DecisionRound, preemptor: Waiting): string | undefined => {
  if (!mayUseExpress(round, preemptor)) return undefined;
  let best: RoundWorker | undefined;
  for (const id of preemptor.eligible) {
    const worker = round.worker(id);
    if (worker === undefined || !takesExpress(worker, preemptor, round.policy)) continue;
    if (best === undefined || isBetter(worker, best)) best = worker;
  }
  return best?.view.id;
};

const mayUseExpress = (round: DecisionRound, preemptor: Waiting): boolean =>
  classRulesOf(round.policy, preemptor.base).usesExpress &&
  preemptor.runsInExpress !== true &&
  preemptor.demand.slots === 1 &&
  skipOf(preemptor, round.policy) === undefined &&
  breakerUntil(round, preemptor) === undefined;

const takesExpress = (worker: RoundWorker, preemptor: Waiting, policy: Policy): boolean =>
  expressOf(worker.view) > 0 &&
  fits(frozen(preemptor.demand), roomIn(worker, preemptor, policy)) &&
  worker.view.running.some((task) => mayGiveWay(task, preemptor.base, policy));

/** What is reserved for the task itself is no reason against it. `rule` 3 counted it like a reservation of somebody else. */
const roomIn = ({ view, visible, reservations }: RoundWorker, { id }: Waiting, { rule }: Policy): Amounts => {
  const others = reservations.filter(({ task }) => task !== id);
  return rule > 3 && others.length < reservations.length ? visibleRoom(view, others) : visible;
};

const mayGiveWay = (task: Running, preemptor: BandRank, policy: Policy): boolean =>
  classRulesOf(policy, preemptor).mayPreempt.includes(task.base);

const expressOf = ({ express = 0 }: RoundWorker['view']): number => express;

const isBetter = (a: RoundWorker, b: RoundWorker): boolean => {
  const more = expressOf(a.view) - expressOf(b.view);
  return more > 0 || (more === 0 && a.view.id < b.view.id);
};
