import type { EpochMs } from '@precedent/kernel';
import type { Rejection } from './counts.ts';
import { believedRemainingMs, leaveMs, modeOf } from './mode-choice.ts';
import { classRulesOf } from './policy.ts';
import type { Policy } from './policy.ts';
import { baseRank, maxPreemptionsOf, protection } from './priority.ts';
import type { Running, Waiting } from './snapshot.ts';

/** A task with work to lose is protected by more rules than a lease that never started, or a task that only waits. */
const isAtWork = (task: Running): boolean => task.phase === 'running';

const isLeaving = ({ phase }: Running): boolean =>
  phase === 'preempting' || phase === 'stopping' || phase === 'suspended';

/** b: the preemptor's base is above the victim's protection, and the matrix allows the pair. */
export const bandAllows = (preemptor: Pick<Waiting, 'base'>, task: Running, policy: Policy): boolean =>
  baseRank(preemptor) > protection(task, policy) &&
  classRulesOf(policy, baseRank(preemptor)).mayPreempt.includes(baseRank(task));

/** c, first part: it cannot be preempted at all. */
const isNever = (preemptor: Pick<Waiting, 'base'>, task: Running, policy: Policy): boolean =>
  modeOf(task, baseRank(preemptor), policy) === 'never';

/** c, second part: until when its atomic section protects it. */
export const atomicUntil = ({ atomic }: Running, policy: Policy): EpochMs =>
  atomic === undefined ? 0 : atomic.since + Math.min(atomic.maxMs, policy.atomicMsMax);

/** d: until when its minimum run time protects it. */
export const exemptUntil = (task: Running, policy: Policy): EpochMs =>
  task.startedAt + (task.override?.exemptMs ?? classRulesOf(policy, task.base).exemptMs);

const isExempt = (preemptor: Pick<Waiting, 'base'>, task: Running, policy: Policy, now: EpochMs): boolean =>
  now < exemptUntil(task, policy) &&
  !(preemptor.base === 3 && classRulesOf(policy, preemptor.base).overridesExempt);

/** e: it has been preempted as often as one task may be. */
const isWornOut = (task: Running, policy: Policy): boolean =>
  task.preemptCount >= maxPreemptionsOf(task, policy);

/** g: it ends by itself sooner than it could be made to. */
const endsSoon = (task: Running, policy: Policy): boolean => {
  const remainingMs = believedRemainingMs(task, policy);
  return remainingMs !== undefined && remainingMs <= leaveMs(task, policy);
};

/** The rules that depend only on the victim and on the preemptor's band. The first that rejects gives the reason. */
export const rejectionOf = (
  preemptor: Pick<Waiting, 'base'>,
  task: Running,
  policy: Policy,
  now: EpochMs,
): Rejection | undefined => {
  if (isLeaving(task)) return 'leaving';
  if (!bandAllows(preemptor, task, policy)) return 'band';
  if (isNever(preemptor, task, policy)) return 'never';
  if (now < atomicUntil(task, policy)) return 'atomic';
  if (!isAtWork(task)) return undefined;
  if (isExempt(preemptor, task, policy, now)) return 'exempt';
  if (isWornOut(task, policy)) return 'max_count';
  return endsSoon(task, policy) ? 'natural' : undefined;
};

/** When a task that time alone protects becomes a candidate; `undefined` when it is something else that protects it. */
export const protectedUntil = (reason: Rejection, task: Running, policy: Policy): EpochMs | undefined => {
  if (reason === 'atomic') return atomicUntil(task, policy);
  return reason === 'exempt' ? exemptUntil(task, policy) : undefined;
};

/**
 * h: the same isolation domain, or another one whose tenant uses more than its share, where that is allowed. It counts for
 * reservations too, or preempting a reservation would be a way around it.
 */
export const domainAllows = (
  preemptor: Waiting,
  task: { readonly domain: string; readonly tenant: string },
  policy: Policy,
  sharePercentOf: (tenant: string) => number,
): boolean => preemptor.domain === task.domain || (policy.crossTenant && sharePercentOf(task.tenant) > 100);
