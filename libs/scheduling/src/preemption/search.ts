import { fits } from './amounts.ts';
import { newTally, reject } from './counts.ts';
import type { CandidateCounts, Rejection, Tally } from './counts.ts';
import { lookAt } from './look.ts';
import type { Look } from './look.ts';
import { fitsWithoutBudgets, planOn, planOrder } from './plan.ts';
import type { Plan } from './plan.ts';
import { earlier } from './round.ts';
import type { Round, WorkerState } from './round.ts';
import type { Waiting } from './snapshot.ts';

/** What a preemptor found on all workers that fit it. */
export interface Found {
  readonly best: Plan | undefined;
  /** Only budgets stand in the way of a plan. */
  readonly overBudget: boolean;
  /** Whether any worker is large enough, were it empty. */
  readonly anyWorker: boolean;
  /** Candidates that passed the filter, whatever became of them. */
  readonly admitted: number;
  /** Without those of `best`. */
  readonly tally: Tally;
  /** When the first that only time protects becomes a candidate. */
  readonly nextAt: number | undefined;
}

interface Search {
  best: Plan | undefined;
  overBudget: Look[];
  anyWorker: boolean;
  admitted: number;
  seen: number;
  tally: Tally;
  nextAt: number | undefined;
}

/** Steps 1 to 4 on every worker that fits the preemptor, and the best of the plans. */
export const search = (round: Round, preemptor: Waiting): Found => {
  const state: Search = {
    best: undefined,
    overBudget: [],
    anyWorker: false,
    admitted: 0,
    seen: 0,
    tally: newTally(),
    nextAt: undefined,
  };
  for (const id of preemptor.eligible) {
    const worker = round.worker(id);
    if (worker) searchOn(round, preemptor, worker, state);
  }
  // Those that run where the preemptor cannot.
  reject(state.tally, 'placement', round.total - state.seen);
  return {
    ...state,
    overBudget: state.best === undefined && state.overBudget.some(fitsWithoutBudgets),
  };
};

const searchOn = (round: Round, preemptor: Waiting, worker: WorkerState, state: Search): void => {
  const look = lookAt(round, preemptor, worker);
  const { plan, overBudget } = planOn(look, round.ledger);
  const admitted = look.items.length - countSteals(look);
  state.seen += worker.view.running.length;
  state.admitted += admitted;
  state.tally.notNeeded += admitted - overBudget.length;
  addTo(state.tally, look.tally, overBudget.length);
  if (fits(preemptor.demand, worker.view.capacity)) {
    state.anyWorker = true;
    state.nextAt = earlier(state.nextAt, round.shortlist(worker, preemptor.base).nextAt);
  }
  if (plan === undefined && overBudget.length > 0) state.overBudget.push(look);
  if (plan && (state.best === undefined || planOrder(plan, state.best) < 0)) state.best = plan;
};

const countSteals = ({ items }: Look): number => {
  let steals = 0;
  for (const item of items) if (item.kind === 'steal') steals++;
  return steals;
};

const addTo = (tally: Tally, other: Tally, overBudget: number): void => {
  for (const [reason, times] of Object.entries(other.rejected)) reject(tally, reason as Rejection, times);
  reject(tally, 'budget', overBudget);
};

/** The counts of a decision that takes `chosen` of the candidates. */
export const countsOf = (round: Round, { tally }: Found, chosen: number): CandidateCounts => ({
  total: round.total,
  chosen,
  notNeeded: tally.notNeeded - chosen,
  rejected: tally.rejected,
});
