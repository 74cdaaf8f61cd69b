import { fits, minus, plus, reliefPercent, relieves } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import type { VictimCandidate, Item, ReservationClaim } from './candidate.ts';
import { totalMs } from './cost.ts';
import { isOutOfReach } from './look.ts';
import type { Look } from './look.ts';
import type { Reservation } from './snapshot.ts';

/** A minimal set of what is taken on one worker so that the preemptor fits there. Empty: what leaves anyway suffices. */
export interface Plan {
  readonly worker: string;
  readonly items: readonly Item[];
  /** By which plans are compared; see `planKeys`. */
  readonly keys: readonly number[];
}

/** The candidates that lose work. */
export const victimsOf = ({ items }: Plan): VictimCandidate[] =>
  items.filter((item): item is VictimCandidate => item.kind === 'victim');

/** Leases that never started, and tasks that only wait. */
export const reclaimedOf = ({ items }: Plan): VictimCandidate[] =>
  items.filter((item): item is VictimCandidate => item.kind === 'recall' || item.kind === 'park');

export const claimedReservations = ({ items }: Plan): Reservation[] =>
  items
    .filter((item): item is ReservationClaim => item.kind === 'steal')
    .map(({ reservation }) => reservation);

/** Whether any task loses work. */
export const hasVictims = ({ items }: Plan): boolean => items.some(({ kind }) => kind === 'victim');

/** What came of looking for a plan, and the candidates that only a budget kept out of it. */
export interface Planned {
  readonly plan: Plan | undefined;
  readonly overBudget: readonly VictimCandidate[];
}

type Budget = (candidate: VictimCandidate, chosen: readonly VictimCandidate[]) => boolean;

const NO_CANDIDATES: readonly VictimCandidate[] = [];
const NO_PLAN: Planned = { plan: undefined, overBudget: NO_CANDIDATES };

/**
 * Step 4 on one worker: greedy in the order of taking, all or nothing, then pruned to a minimal set. Greedy is exact while
 * no budget bites; where one does, two orders are tried and not all of them, so a set may be missed, but none is wrong.
 */
export const planOn = (look: Look): Planned => {
  const { preemptor, worker, round } = look;
  if (!fits(preemptor.demand, worker.view.capacity)) return NO_PLAN;
  const allows: Budget = (candidate, chosen) => round.ledger.allows(candidate, chosen);
  const cheapest = filled(look, look.items, allows);
  if (cheapest.plan !== undefined || cheapest.overBudget.length === 0) return cheapest;
  // Many cheap ones used a budget up: the same room may be had from fewer large ones.
  const fewest = filled(look, byRelief(look), allows);
  return fewest.plan === undefined ? cheapest : fewest;
};

/** Whether there would be a plan if no budget stood in its way. */
export const fitsWithoutBudgets = (look: Look): boolean =>
  fits(look.preemptor.demand, look.worker.view.capacity) &&
  filled(look, look.items, () => true).plan !== undefined;

const filled = (look: Look, items: readonly Item[], allows: Budget): Planned => {
  const { demand } = look.preemptor;
  const chosen: Item[] = [];
  const candidates: VictimCandidate[] = [];
  const overBudget: VictimCandidate[] = [];
  let room = look.worker.unreserved;
  for (const item of items) {
    if (fits(demand, room)) break;
    if (!relieves(item.gives, demand, room)) continue;
    if (item.kind !== 'steal') {
      if (isOutOfReach(look, item) !== undefined) continue;
      if (!allows(item, candidates)) {
        overBudget.push(item);
        continue;
      }
      candidates.push(item);
    }
    chosen.push(item);
    room = plus(room, item.gives);
  }
  if (!fits(demand, room)) return overBudget.length === 0 ? NO_PLAN : { plan: undefined, overBudget };
  const needed = pruned(chosen, demand, room);
  return { plan: { worker: look.worker.view.id, items: needed, keys: planKeys(needed) }, overBudget };
};

/** Gives back, the last taken first, what turned out not to be needed. What is left is minimal: none of it can go. */
const pruned = (chosen: readonly Item[], demand: Amounts, filledRoom: Amounts): readonly Item[] => {
  // The last one taken made it fit.
  if (chosen.length < 2) return chosen;
  let room = filledRoom;
  const needed: Item[] = [];
  for (const item of chosen.toReversed()) {
    const rest = minus(room, item.gives);
    if (fits(demand, rest)) room = rest;
    else needed.push(item);
  }
  return needed.reverse();
};

/** Who covers most of what is missing first; among equals the order of taking. */
const byRelief = ({ items, preemptor, worker }: Look): Item[] =>
  items
    .map((item, place) => ({
      item,
      place,
      relief: reliefPercent(item.gives, preemptor.demand, worker.unreserved),
    }))
    .sort((a, b) => b.relief - a.relief || a.place - b.place)
    .map(({ item }) => item);

/** What a plan destroys, in milliseconds. */
export const planCostMs = (plan: Plan): number =>
  victimsOf(plan).reduce((sum, { cost }) => sum + totalMs(cost), 0);

/** Which worker: fewest soft budgets broken, the least protected victims, the least work lost, the fewest; then the least taken at all. */
const planKeys = (items: readonly Item[]): number[] => {
  let [soft, highest, buckets, victims, stolen, waiting, unstarted] = [0, -1, 0, 0, 0, 0, 0];
  for (const item of items) {
    if (item.kind === 'victim') {
      victims++;
      soft += item.soft;
      buckets += item.bucket;
      highest = Math.max(highest, item.protection);
    } else if (item.kind === 'steal') stolen++;
    else if (item.kind === 'park') waiting++;
    else unstarted++;
  }
  return [soft, highest, buckets, victims, stolen, waiting, unstarted];
};

/** The better worker first; the smaller id among equals. */
export const planOrder = (a: Plan, b: Plan): number => {
  for (let at = 0; at < a.keys.length; at++) {
    const difference = (a.keys[at] ?? 0) - (b.keys[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.worker < b.worker ? -1 : 1;
};
