import { asc, orderBy } from '@precedent/kernel';
import { fits, minus, plus, reliefPercent, relieves } from './amounts.ts';
import type { Candidate } from './candidate.ts';
import { totalMs } from './cost.ts';
import type { Ledger } from './ledger.ts';
import type { Item, Look } from './look.ts';
import type { Reservation } from './snapshot.ts';

/** A minimal set of what is taken on one worker so that the preemptor fits there. Empty: what leaves anyway suffices. */
export interface Plan {
  readonly worker: string;
  readonly victims: readonly Candidate[];
  /** Leases that never started, and tasks that only wait. */
  readonly reclaimed: readonly Candidate[];
  readonly stolen: readonly Reservation[];
}

/** What came of looking for a plan, and the candidates that only a budget kept out of it. */
export interface Planned {
  readonly plan: Plan | undefined;
  readonly overBudget: readonly Candidate[];
}

type Budget = (candidate: Candidate, chosen: readonly Candidate[]) => boolean;

/** Step 4 on one worker: greedy in the order of taking, all or nothing, then pruned to a minimal set. */
export const planOn = (look: Look, ledger: Ledger): Planned => {
  if (!fits(look.demand, look.worker.view.capacity)) return { plan: undefined, overBudget: [] };
  const allows: Budget = (candidate, chosen) => ledger.allows(candidate, chosen);
  const cheapest = filled(look, look.items, allows);
  if (cheapest.plan !== undefined || cheapest.overBudget.length === 0) return cheapest;
  // Many cheap ones used a budget up: the same room may be had from fewer large ones.
  const fewest = filled(look, byRelief(look), allows);
  return fewest.plan === undefined ? cheapest : fewest;
};

/** Whether there would be a plan if no budget stood in its way. */
export const fitsWithoutBudgets = (look: Look): boolean =>
  fits(look.demand, look.worker.view.capacity) && filled(look, look.items, () => true).plan !== undefined;

const filled = (look: Look, items: readonly Item[], allows: Budget): Planned => {
  const chosen: Item[] = [];
  const candidates: Candidate[] = [];
  let { room } = look;
  const overBudget: Candidate[] = [];
  for (const item of items) {
    if (fits(look.demand, room)) break;
    if (!relieves(item.gives, look.demand, room)) continue;
    if (item.kind === 'candidate' && !allows(item.candidate, candidates)) {
      overBudget.push(item.candidate);
      continue;
    }
    chosen.push(item);
    if (item.kind === 'candidate') candidates.push(item.candidate);
    room = plus(room, item.gives);
  }
  if (!fits(look.demand, room)) return { plan: undefined, overBudget };
  return { plan: planOf(look, pruned(look, chosen)), overBudget };
};

/** Gives back, the last taken first, whoever turned out not to be needed. What is left is minimal: none of it can go. */
const pruned = (look: Look, chosen: readonly Item[]): Item[] => {
  let room = look.room;
  for (const { gives } of chosen) room = plus(room, gives);
  const needed: Item[] = [];
  for (const item of chosen.toReversed()) {
    const without = minus(room, item.gives);
    if (fits(look.demand, without)) room = without;
    else needed.push(item);
  }
  return needed.reverse();
};

const planOf = ({ worker }: Look, items: readonly Item[]): Plan => {
  const candidates = items.flatMap((item) => (item.kind === 'candidate' ? [item.candidate] : []));
  return {
    worker: worker.view.id,
    victims: candidates.filter(({ kind }) => kind === 'victim'),
    reclaimed: candidates.filter(({ kind }) => kind !== 'victim'),
    stolen: items.flatMap((item) => (item.kind === 'steal' ? [item.reservation] : [])),
  };
};

/** Who covers most of what is missing first; among equals the order of taking. */
const byRelief = ({ items, demand, room }: Look): Item[] =>
  items
    .map((item, place) => ({ item, place, relief: reliefPercent(item.gives, demand, room) }))
    .sort((a, b) => b.relief - a.relief || a.place - b.place)
    .map(({ item }) => item);

const sumOver = (victims: readonly Candidate[], of: (victim: Candidate) => number): number => {
  let sum = 0;
  for (const victim of victims) sum += of(victim);
  return sum;
};

const highestProtection = ({ victims }: Plan): number =>
  victims.reduce((highest, victim) => Math.max(highest, victim.protection), -1);

/** What a plan destroys, in milliseconds. */
export const planCostMs = ({ victims }: Plan): number => sumOver(victims, ({ cost }) => totalMs(cost));

/** Which worker: fewest soft budgets broken, the least protected victims, the least work lost, the fewest; then the least taken at all. */
export const planOrder = orderBy<Plan>(
  asc(({ victims }) => sumOver(victims, ({ soft }) => soft)),
  asc(highestProtection),
  asc(({ victims }) => sumOver(victims, ({ bucket }) => bucket)),
  asc(({ victims }) => victims.length),
  asc(({ stolen }) => stolen.length),
  asc(({ reclaimed }) => reclaimed.filter(({ kind }) => kind === 'park').length),
  asc(({ reclaimed }) => reclaimed.length),
  asc(({ worker }) => worker),
);
