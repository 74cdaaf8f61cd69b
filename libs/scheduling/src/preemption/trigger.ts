import type { EpochMs } from '@precedent/kernel';
import { mayBeLarge } from './hold.ts';
import { classRulesOf } from './policy.ts';
import type { Policy } from './policy.ts';
import type { DecisionRound } from './round.ts';
import type { Waiting } from './snapshot.ts';

/** Why no decision is made about a waiting task. */
export type Skip =
  /** It could not run if a slot were free: no task is preempted for a concurrency key or a rate limit. */
  | 'blocked'
  /** Its band may not preempt, or the task opted out. */
  | 'may_not_preempt'
  /** A victim does not preempt before it has run again, or there would be chains. */
  | 'preempted'
  /** It has what it needs, and waits until that is free. */
  | 'reserved'
  /** A worker has room: the dispatcher starts it. */
  | 'starts';

/** Step 0, the part that needs to know nothing but the task. */
export const skipOf = (task: Waiting, policy: Policy): Skip | undefined => {
  if (task.blockedBy !== undefined) return 'blocked';
  if (task.preempted === true) return 'preempted';
  return mayPreempt(task, policy) ? undefined : 'may_not_preempt';
};

const mayPreempt = ({ preempts, base }: Waiting, policy: Policy): boolean =>
  preempts !== false && classRulesOf(policy, base).mayPreempt.length > 0;

/** Whether a task that takes nothing from anybody may still keep a worker for itself; see `holdFor`. */
export const mayOnlyHold = (task: Waiting, skip: Skip): boolean =>
  (skip === 'may_not_preempt' || skip === 'preempted') && mayBeLarge(task);

/** When its own wait has been long enough; not before may it preempt. */
export const mayPreemptAt = ({ override, base, waitingSince }: Waiting, policy: Policy): EpochMs =>
  waitingSince + (override?.preemptAfterMs ?? classRulesOf(policy, base).preemptAfterMs);

/** Until when the breaker of its pool keeps it from preempting; `undefined` when it does not. Critical work is exempt. */
export const breakerUntil = (round: DecisionRound, { base, pool }: Waiting): EpochMs | undefined => {
  const until = round.ledger.pool(pool)?.breakerOpenUntil;
  return base < 3 && until !== undefined && until > round.now ? until : undefined;
};
