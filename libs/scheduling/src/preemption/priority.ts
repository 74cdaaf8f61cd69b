import { asc, desc, orderBy } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { agedRank } from '../aging.ts';
import type { AgingMs } from '../aging.ts';
import type { Policy } from './policy.ts';
import { classRulesOf } from './policy.ts';
import type { Running, Waiting } from './snapshot.ts';

/** The right to preempt: the submitted band, and nothing that waiting or waiters add to it. */
export const baseRank = (task: { readonly base: BandRank }): BandRank => task.base;

/**
 * The rank by which a waiting task is ordered. Aging counts here and only here: were it a right to preempt, every old
 * low task would evict fresh normal work.
 */
export const queueRank = (task: Waiting, now: EpochMs, aging: AgingMs): BandRank =>
  agedRank(task.base, now - task.submittedAt, aging);

/**
 * Who may take a running task: only a base above this. What waits for the task lifts it, and so do preemptions that it
 * has suffered, because half way to its maximum it has had its share.
 */
export const protection = (task: Running, policy: Policy): BandRank => {
  const donated = task.donated ?? 0;
  const own = donated > task.base ? donated : task.base;
  return Math.min(3, own + thrash(task, policy)) as BandRank;
};

export const maxPreemptionsOf = (task: Running, policy: Policy): number =>
  task.override?.maxPreemptions ?? classRulesOf(policy, task.base).maxPreemptions;

const thrash = (task: Running, policy: Policy): 0 | 1 => {
  const max = maxPreemptionsOf(task, policy);
  return max > 0 && task.preemptCount >= Math.ceil(max / 2) ? 1 : 0;
};

interface Ranked {
  readonly task: Waiting;
  readonly rank: BandRank;
}

/** Rank after aging, fair share, order of submission, id. */
const queueKey = orderBy<Ranked>(
  desc(({ rank }) => rank),
  asc(({ task }) => task.fairShare ?? 0),
  asc(({ task }) => task.order),
  asc(({ task }) => task.id),
);

/**
 * The order in which a round looks at waiting tasks: the higher right first, so that no task gets in this round what a
 * later one of the same round may take over; among equal rights the order of the queue.
 */
const roundKey = orderBy<Ranked>(
  desc(({ task }) => baseRank(task)),
  queueKey,
);

/** The waiting tasks in the order of the round. */
export const inRoundOrder = (waiting: readonly Waiting[], now: EpochMs, aging: AgingMs): Waiting[] =>
  waiting
    .map((task) => ({ task, rank: queueRank(task, now, aging) }))
    .sort(roundKey)
    .map(({ task }) => task);
