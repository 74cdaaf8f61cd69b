import type { EpochMs } from '@precedent/kernel';
import { fits, plus } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import type { NaturalEnd } from './decision.ts';
import { believedRemainingMs } from './mode-choice.ts';
import type { Policy } from './policy.ts';
import { goesOn, heldBy } from './rooms.ts';
import { earlier } from './shortlist.ts';
import type { Running, SnapshotWorker } from './snapshot.ts';

/** A running task with its predicted end, from now. */
export interface PredictedEnd {
  readonly task: Running;
  readonly ms: number;
}

/** Those whose end is predicted, the first to end first. */
export const endingsOf = (running: readonly Running[], policy: Policy): PredictedEnd[] => {
  const endings: PredictedEnd[] = [];
  for (const task of running) {
    const ms = believedRemainingMs(task, policy);
    if (ms !== undefined && goesOn(task)) endings.push({ task, ms });
  }
  return endings.sort((a, b) => a.ms - b.ms || (a.task.id < b.task.id ? -1 : 1));
};

/** When `demand` fits on a worker by the predictions alone; `undefined` when they do not reach that far. */
export const naturalEndOn = (
  view: SnapshotWorker,
  room: Amounts,
  endings: readonly PredictedEnd[],
  demand: Amounts,
): NaturalEnd | undefined => {
  if (!fits(demand, view.capacity)) return undefined;
  let free = room;
  let ms: EpochMs = 0;
  let support: number | undefined;
  for (const ending of endings) {
    if (fits(demand, free)) break;
    free = plus(free, heldBy(ending.task));
    ms = ending.ms;
    support = earlier(support, ending.task.remaining?.support);
  }
  return fits(demand, free) ? { ms, worker: view.id, support: support ?? 0 } : undefined;
};
