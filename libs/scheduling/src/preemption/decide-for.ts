import type { EpochMs } from '@precedent/kernel';
import { takingOf } from './commit.ts';
import type { Taking } from './commit.ts';
import { NO_CANDIDATES } from './counts.ts';
import type { Decision, NaturalEnd } from './decision.ts';
import { holdFor } from './hold.ts';
import { leaveMs } from './mode-choice.ts';
import { hasVictims, planCostMs, reclaimedOf, victimsOf } from './plan.ts';
import type { Plan } from './plan.ts';
import { classRulesOf } from './policy.ts';
import { queueRank } from './priority.ts';
import { earlier } from './shortlist.ts';
import type { DecisionRound } from './round.ts';
import { countsOf, searchVictims } from './search.ts';
import type { Found } from './search.ts';
import type { Waiting } from './snapshot.ts';
import { breakerUntil, mayPreemptAt } from './trigger.ts';
import { naturalEnd } from './wait.ts';

/** What is decided, and why; who it is about comes later. */
type Verdict = Pick<Decision, 'outcome' | 'reason'> &
  Partial<Taking> &
  Partial<Pick<Decision, 'natural' | 'savedMs' | 'wakeAt' | 'candidates'>>;

type Refusal = Pick<Verdict, 'outcome' | 'reason' | 'wakeAt'>;

/** The decision about one waiting task that step 0 did not skip. */
export const decideFor = (round: DecisionRound, preemptor: Waiting): Decision => {
  const verdict = tooEarly(round, preemptor) ?? afterSearch(round, preemptor);
  return decisionOf(round, preemptor, verdict);
};

/** For a task that starts in an express slot of the worker. */
export const decideExpress = (round: DecisionRound, preemptor: Waiting, worker: string): Decision =>
  decisionOf(round, preemptor, { outcome: 'express', reason: 'express_slot', worker });

/** For a task that may take nothing from anybody: it is heard only when it has to keep a worker for itself. */
export const decideHold = (round: DecisionRound, preemptor: Waiting): Decision | undefined => {
  const decision = decisionOf(round, preemptor, { outcome: 'wait_natural', reason: 'held' });
  return decision.reservation && decision;
};

/** The rest of step 0: refusals that no look at victims would change. */
const tooEarly = (round: DecisionRound, preemptor: Waiting): Refusal | undefined => {
  const { policy, now } = round;
  const openUntil = breakerUntil(round, preemptor);
  if (openUntil !== undefined) return { outcome: 'breaker_open', reason: 'breaker', wakeAt: openUntil };
  const mayAt = mayPreemptAt(preemptor, policy);
  if (mayAt > now) return { outcome: 'wait_natural', reason: 'preempt_after', wakeAt: mayAt };
  if ((preemptor.replans ?? 0) > policy.replansMax) return { outcome: 'infeasible', reason: 'replans' };
  return undefined;
};

const afterSearch = (round: DecisionRound, preemptor: Waiting): Verdict => {
  const found = searchVictims(round, preemptor);
  const { best } = found;
  if (best !== undefined && !hasVictims(best)) return take(round, preemptor, found, best);
  const natural = naturalEnd(round, preemptor);
  if (best === undefined) return refuse(round, found, natural, unfit(found));
  const saved = natural && { natural, savedMs: natural.ms - leaveMsOf(best, round) };
  const refusal = waits(round, preemptor, best, natural) ?? capped(round, preemptor, best);
  const verdict = refusal ? refuse(round, found, natural, refusal) : take(round, preemptor, found, best);
  return { ...verdict, ...saved };
};

const take = (round: DecisionRound, preemptor: Waiting, found: Found, plan: Plan): Verdict => ({
  ...takingOf(round, preemptor, plan),
  candidates: countsOf(round, found, victimsOf(plan).length + reclaimedOf(plan).length),
});

const refuse = (
  round: DecisionRound,
  found: Found,
  natural: NaturalEnd | undefined,
  refusal: Refusal,
): Verdict => {
  const naturalAt = natural && round.now + natural.ms;
  const wakeAt = earlier(refusal.wakeAt, earlier(found.nextAt, naturalAt));
  return {
    ...refusal,
    candidates: countsOf(round, found, 0),
    ...(natural && { natural }),
    ...(wakeAt !== undefined && { wakeAt }),
  };
};

const unfit = ({ overBudget, anyWorker, admitted }: Found): Refusal => {
  if (overBudget) return { outcome: 'denied_budget', reason: 'budget' };
  if (!anyWorker) return { outcome: 'infeasible', reason: 'no_worker' };
  return { outcome: 'infeasible', reason: admitted === 0 ? 'no_candidates' : 'not_enough' };
};

/** Step 5: waiting is better when it is sooner, or when preempting costs more than it saves. */
const waits = (
  round: DecisionRound,
  { base }: Waiting,
  plan: Plan,
  natural: NaturalEnd | undefined,
): Refusal | undefined => {
  if (natural === undefined) return undefined;
  const savedMs = natural.ms - leaveMsOf(plan, round);
  if (savedMs <= 0) return { outcome: 'wait_natural', reason: 'natural_end' };
  const { minRatioPercent } = classRulesOf(round.policy, base);
  return savedMs * 100 < planCostMs(plan) * minRatioPercent
    ? { outcome: 'wait_natural', reason: 'not_worth_it' }
    : undefined;
};

const leaveMsOf = (plan: Plan, { policy }: DecisionRound): number =>
  victimsOf(plan).reduce((longest, { task }) => Math.max(longest, leaveMs(task, policy)), 0);

const capped = ({ ledger, policy, now }: DecisionRound, { base }: Waiting, plan: Plan): Refusal | undefined =>
  classRulesOf(policy, base).ignoresCap || ledger.withinCap(victimsOf(plan))
    ? undefined
    : { outcome: 'denied_budget', reason: 'cap', wakeAt: now + policy.capWindowMs };

const decisionOf = (round: DecisionRound, preemptor: Waiting, verdict: Verdict): Decision => {
  const { policy, now, ledger } = round;
  const { id, base, tenant, pool, demand, waitingSince } = preemptor;
  const wakeAt = verdict.wakeAt === undefined ? undefined : notTooSoon(round, verdict.wakeAt);
  const isAtWork = preemptor.runsInExpress === true || verdict.outcome === 'express';
  const reservation = verdict.reservation ?? (isAtWork ? undefined : holdFor(round, preemptor, wakeAt));
  const tokens = ledger.tokensOf(tenant);
  return {
    rule: policy.rule,
    at: now,
    trigger: round.triggerOf(preemptor),
    pool,
    preemptor: {
      id,
      base,
      rank: queueRank(preemptor, now, policy.aging),
      tenant,
      waitedMs: now - waitingSince,
      demand,
    },
    victims: [],
    reclaimed: [],
    stolen: [],
    candidates: NO_CANDIDATES,
    costMs: 0,
    ...verdict,
    ...(reservation && { reservation }),
    ...(tokens !== undefined && { tenantTokens: tokens }),
    ...(wakeAt !== undefined && { wakeAt }),
  };
};

/** A prediction that has run out must not make the round look again at once, and again. */
const notTooSoon = ({ now, policy }: DecisionRound, at: EpochMs): EpochMs =>
  Math.max(at, now + policy.lookAgainMsMin);
