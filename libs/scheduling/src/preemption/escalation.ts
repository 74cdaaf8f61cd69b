import type { EpochMs } from '@precedent/kernel';
import type { Mode } from './mode.ts';
import { timesOf } from './mode-choice.ts';
import { classRulesOf } from './policy.ts';
import type { Policy } from './policy.ts';
import type { Running } from './snapshot.ts';

/** What happens to a victim that still has its place when its time has come. */
export type Escalation =
  /** It is signalled to leave in this way, until a new deadline. */
  | { readonly kind: 'signal'; readonly mode: Mode; readonly deadline: EpochMs }
  /** It keeps its place, and its preemptor looks for another. */
  | { readonly kind: 'spare' }
  /** Its process should have ended by force. The worker is queried, and counts as lost when it does not answer; the slot is not free. */
  | { readonly kind: 'presume_lost' };

/**
 * The rule at a deadline (for `delay`: when the delay is over). A victim that did not reach a checkpoint is aborted if it
 * allows that, and dropped from the decision otherwise: it runs on.
 */
export const atDeadline = (victim: Running, mode: Mode, policy: Policy, now: EpochMs): Escalation => {
  switch (mode) {
    case 'delay':
      return signal('at_checkpoint', victim, policy, now);
    case 'at_checkpoint':
    case 'suspend':
      return mayEscalate(victim, policy) ? signal('immediate', victim, policy, now) : { kind: 'spare' };
    case 'immediate':
      return { kind: 'presume_lost' };
    case 'never':
      return { kind: 'spare' };
  }
};

/** The rule for a task that was frozen for as long as it may be: it is ended, and goes on elsewhere. */
export const afterFreeze = (victim: Running, _: Mode, policy: Policy, now: EpochMs): Escalation =>
  signal('immediate', victim, policy, now);

const signal = (mode: Mode, victim: Running, policy: Policy, now: EpochMs): Escalation => ({
  kind: 'signal',
  mode,
  deadline: timesOf(mode, victim, policy, now).deadline,
});

/** Whether a victim that did not reach a checkpoint in time may be aborted. */
export const mayEscalate = (task: Running, policy: Policy): boolean =>
  task.override?.escalates ?? classRulesOf(policy, task.base).escalates;
