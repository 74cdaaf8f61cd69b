import type { EpochMs } from '@precedent/kernel';
import { fits } from './amounts.ts';
import { addTally, newTally, reject, rejectedOf } from './counts.ts';
import type { CandidateCounts, RejectionTally } from './counts.ts';
import { allPass, lateRejection, lookAt } from './look.ts';
import type { Look } from './look.ts';
import { fitsWithoutBudgets, planOn, planOrder } from './plan.ts';
import type { Plan } from './plan.ts';
import type { DecisionRound, RoundWorker } from './round.ts';
import { earlier } from './shortlist.ts';
import type { Waiting } from './snapshot.ts';

/** What a preemptor found on all workers that fit it. */
export interface Found {
  readonly best: Plan | undefined;
  /** Only budgets stand in the way of a plan. */
  readonly overBudget: boolean;
  /** Whether any worker is large enough, were it empty. */
  readonly anyWorker: boolean;
  /** Candidates that passed every rule but the budgets. */
  readonly admitted: number;
  /** Those that did not, and those that a budget kept out. */
  readonly tally: RejectionTally;
  /** When the first that only time protects becomes a candidate. */
  readonly nextAt: EpochMs | undefined;
}

/** The same while it is being found. */
interface Search {
  best: Plan | undefined;
  readonly overBudget: Look[];
  anyWorker: boolean;
  admitted: number;
  seen: number;
  readonly tally: RejectionTally;
  nextAt: EpochMs | undefined;
}

/** Steps 1 to 4 on every worker that fits the preemptor, and the best of the plans. */
export const searchVictims = (round: DecisionRound, preemptor: Waiting): Found => {
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

const searchOn = (round: DecisionRound, preemptor: Waiting, worker: RoundWorker, state: Search): void => {
  const look = lookAt(round, preemptor, worker);
  const { plan, overBudget } = planOn(look);
  state.seen += worker.view.running.length;
  count(look, state);
  reject(state.tally, 'budget', overBudget.length);
  if (fits(preemptor.demand, worker.view.capacity)) {
    state.anyWorker = true;
    state.nextAt = earlier(state.nextAt, look.list.nextAt);
  }
  if (plan === undefined && overBudget.length > 0) state.overBudget.push(look);
  if (plan && (state.best === undefined || planOrder(plan, state.best) < 0)) state.best = plan;
};

const count = (look: Look, state: Search): void => {
  addTally(state.tally, look.list.tally);
  if (allPass(look)) {
    state.admitted += look.list.candidates.length;
    return;
  }
  for (const candidate of look.list.candidates) {
    const reason = lateRejection(look, candidate);
    if (reason === undefined) state.admitted++;
    else reject(state.tally, reason);
  }
};

/** The counts of a decision that takes `chosen` of the candidates. */
export const countsOf = (
  round: DecisionRound,
  { tally, admitted }: Found,
  chosen: number,
): CandidateCounts => {
  const rejected = rejectedOf(tally);
  return { total: round.total, chosen, notNeeded: admitted - (rejected.budget ?? 0) - chosen, rejected };
};
