import type { BandRank, EpochMs } from '@precedent/kernel';
import { gentlerOf } from './mode.ts';
import type { Mode } from './mode.ts';
import { classRulesOf } from './policy.ts';
import type { Policy } from './policy.ts';
import type { Running } from './snapshot.ts';

/** The requested mode: of the victim, else of its band. */
export const requestedMode = (task: Running, policy: Policy): Mode =>
  task.override?.mode ?? classRulesOf(policy, task.base).mode;

/**
 * The mode that is applied: the strictest that neither side forbids. The victim (or its band) sets one limit, what the
 * preemptor's band may demand sets the other. Only a task that allows it can be frozen; others are stopped at a checkpoint.
 */
export const modeOf = (task: Running, preemptor: BandRank, policy: Policy): Mode => {
  const mode = gentlerOf(requestedMode(task, policy), classRulesOf(policy, preemptor).demands);
  return mode === 'suspend' && task.suspendable !== true ? 'at_checkpoint' : mode;
};

/** When a victim hears of it, and when its place is to be free. */
export interface ModeTimes {
  readonly signalAt: EpochMs;
  readonly deadline: EpochMs;
}

/** The times of a mode that begins now. */
export const timesOf = (mode: Mode, task: Running, policy: Policy, now: EpochMs): ModeTimes => {
  const signalAt = mode === 'delay' ? delayUntil(task, policy, now) : now;
  return { signalAt, deadline: signalAt + noticeMs(mode, task, policy) };
};

const delayUntil = (task: Running, policy: Policy, now: EpochMs): EpochMs =>
  now + Math.min(believedRemainingMs(task, policy) ?? policy.delayMaxMs, policy.delayMaxMs);

/** From the signal until the place is to be free. */
const noticeMs = (mode: Mode, task: Running, policy: Policy): number => {
  switch (mode) {
    case 'never':
      return 0;
    case 'delay':
    case 'at_checkpoint':
      return task.override?.checkpointDeadlineMs ?? classRulesOf(policy, task.base).checkpointDeadlineMs;
    case 'suspend':
      return policy.suspendGraceMs;
    case 'immediate':
      return graceMsOf(task, policy) + policy.killGraceMs;
  }
};

export const graceMsOf = (task: Running, policy: Policy): number =>
  task.override?.graceMs ?? classRulesOf(policy, task.base).graceMs;

/** What freeing the place of a victim takes, by the rule: its grace and the saving of a checkpoint. */
export const leaveMs = (task: Running, policy: Policy): number =>
  graceMsOf(task, policy) + (task.checkpointMs ?? 0);

/** The predicted time until the end, when the prediction rests on enough runs to be believed. */
export const believedRemainingMs = ({ remaining }: Running, policy: Policy): number | undefined =>
  remaining !== undefined && remaining.support >= policy.predictionSupportMin ? remaining.p50Ms : undefined;
