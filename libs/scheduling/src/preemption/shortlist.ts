import type { BandRank, EpochMs } from '@precedent/kernel';
import { NO_AMOUNTS, least } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import { victimCandidateOf, takingOrder } from './candidate.ts';
import type { VictimCandidate } from './candidate.ts';
import { newTally, reject } from './counts.ts';
import type { RejectionTally } from './counts.ts';
import { protectedUntil, rejectionOf } from './filter.ts';
import type { Ledger } from './ledger.ts';
import type { Policy } from './policy.ts';
import type { Running } from './snapshot.ts';

/** Who of one worker preemptors of one band may take, as far as that depends on no more than the band. */
export interface Shortlist {
  /** In the order of taking. */
  readonly candidates: readonly VictimCandidate[];
  /** All the others. */
  readonly tally: RejectionTally;
  /** When the first of those that only time protects becomes a candidate. */
  readonly nextAt: EpochMs | undefined;
  /** The isolation domain of all candidates; `undefined` when they have several. */
  readonly domain: string | undefined;
  /** Every candidate gives at least this. */
  readonly least: Amounts;
}

/** What a shortlist depends on, the tasks aside. */
export interface ListView {
  readonly preemptor: BandRank;
  readonly policy: Policy;
  readonly now: EpochMs;
  readonly ledger: Ledger;
}

export const shortlistOf = (running: readonly Running[], view: ListView): Shortlist => {
  const { preemptor, policy, now, ledger } = view;
  const { sharePercentOf, breaksSoftBudget } = ledger;
  const keys = { now, policy, preemptor, sharePercentOf, breaksSoftBudget };
  const by = { base: preemptor };
  const tally = newTally();
  const candidates: VictimCandidate[] = [];
  let nextAt: EpochMs | undefined;
  for (const task of running) {
    const reason = rejectionOf(by, task, policy, now);
    if (reason === undefined) candidates.push(victimCandidateOf(task, keys));
    else {
      reject(tally, reason);
      nextAt = earlier(nextAt, protectedUntil(reason, task, policy));
    }
  }
  return { candidates: candidates.sort(takingOrder), tally, nextAt, ...common(candidates) };
};

const common = (candidates: readonly VictimCandidate[]): Pick<Shortlist, 'domain' | 'least'> => {
  const [first] = candidates;
  if (first === undefined) return { domain: undefined, least: NO_AMOUNTS };
  let domain: string | undefined = first.task.domain;
  let smallest = first.gives;
  for (const { task, gives } of candidates) {
    if (task.domain !== domain) domain = undefined;
    if (gives !== smallest) smallest = least(smallest, gives);
  }
  return { domain, least: smallest };
};

/** The same list once these tasks are on their way out; `undefined` when it has to be made again. */
export const without = (
  list: Shortlist,
  leaving: readonly Running[],
  { preemptor, policy, now }: ListView,
): Shortlist | undefined => {
  const tally = [...list.tally];
  for (const task of leaving) {
    const reason = rejectionOf({ base: preemptor }, task, policy, now);
    // It may be the one whose protection ends first.
    if (reason !== undefined && protectedUntil(reason, task, policy) !== undefined) return undefined;
    if (reason !== undefined) reject(tally, reason, -1);
    reject(tally, 'leaving');
  }
  const gone = new Set(leaving.map(({ id }) => id));
  return { ...list, candidates: list.candidates.filter(({ task }) => !gone.has(task.id)), tally };
};

/** The earlier of two moments, either of which may not come. */
export const earlier = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;
