import type { EpochMs } from '@precedent/kernel';
import type { Policy } from './policy.ts';

/** How a victim came to its end. The cause is recorded, not guessed from the time: an end within the grace may have any. */
export type VictimEnd =
  /** It saved its work and gave its place up. */
  | 'yielded'
  | 'suspended'
  | 'finished_in_grace'
  | 'failed_in_grace'
  /** It ended when it was told to. */
  | 'aborted'
  | 'killed'
  | 'lost_worker';

/** What a worker says of the end of a victim; `gone` when it says nothing any more. */
export type VictimReport = 'yielded' | 'suspended' | 'completed' | 'failed' | 'stopped' | 'gone';

/** The end by the report and by what the victim had been sent. Only what was killed is not believed to have failed by itself. */
export const victimEnd = (report: VictimReport, sent: 'request' | 'abort' | 'kill'): VictimEnd => {
  switch (report) {
    case 'yielded':
    case 'suspended':
      return report;
    case 'completed':
      return 'finished_in_grace';
    case 'gone':
      return 'lost_worker';
    case 'stopped':
      return sent === 'kill' ? 'killed' : 'aborted';
    case 'failed':
      return sent === 'kill' ? 'killed' : 'failed_in_grace';
  }
};

/** A durable checkpoint: what a resume starts from. The hash tells whether the content is the one that was saved. */
export interface ResumePoint {
  readonly checkpoint: string;
  readonly hash: string;
}

export interface EndedVictim {
  readonly end: VictimEnd;
  readonly now: EpochMs;
  /** Somebody asked to cancel it while it was being preempted. */
  readonly cancelled: boolean;
  readonly worker: string;
  readonly enqueuedAt: EpochMs;
  readonly order: number;
  readonly attempt: number;
  readonly preemptCount: number;
  readonly startedAt: EpochMs;
  /** What its earlier runs took. */
  readonly executedMs: number;
  readonly resume?: ResumePoint;
}

/** What becomes of a victim. Fields that a preemption must not touch are carried over, so that nobody forgets them. */
export interface SettledVictim {
  readonly next: 'queued' | 'suspended' | 'completed' | 'failed' | 'lost' | 'cancelled';
  readonly enqueuedAt: EpochMs;
  readonly order: number;
  /** A preemption is not a failed attempt. */
  readonly attempt: number;
  readonly preemptCount: number;
  /** The clock of its time limit, which stands still while it does not run. */
  readonly executedMs: number;
  /** Not to be started before. */
  readonly notBefore?: EpochMs;
  /** The worker that it would best go on at. */
  readonly affinity?: string;
  /** Where to go on; absent: from the start. */
  readonly resume?: ResumePoint;
}

/** Step 9, the victim's side. */
export const settleVictim = (victim: EndedVictim, policy: Policy): SettledVictim => {
  const next = nextOf(victim);
  const kept = {
    next,
    enqueuedAt: victim.enqueuedAt,
    order: victim.order,
    attempt: victim.attempt,
    executedMs: victim.executedMs + (victim.now - victim.startedAt),
  };
  if (next !== 'queued' && next !== 'suspended') return { ...kept, preemptCount: victim.preemptCount };
  const preemptCount = victim.preemptCount + 1;
  return {
    ...kept,
    preemptCount,
    affinity: victim.worker,
    ...(next === 'queued' && { notBefore: victim.now + pauseMs(preemptCount, policy) }),
    ...(victim.resume && { resume: victim.resume }),
  };
};

/** An end that is the task's own stands; whoever wants it cancelled outranks whoever wanted its slot. */
const nextOf = ({ end, cancelled }: EndedVictim): SettledVictim['next'] => {
  if (end === 'finished_in_grace') return 'completed';
  if (cancelled) return 'cancelled';
  if (end === 'failed_in_grace') return 'failed';
  if (end === 'lost_worker') return 'lost';
  return end === 'suspended' ? 'suspended' : 'queued';
};

/** The pause before a victim may run again; it doubles, so that a task that is always in the way is so less often. */
export const pauseMs = (preemptCount: number, { notBeforeMs, notBeforeMsMax }: Policy): number =>
  Math.min(notBeforeMsMax, notBeforeMs * 2 ** Math.max(0, preemptCount - 1));
