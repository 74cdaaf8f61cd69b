import { fits, plus } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import type { NaturalEnd } from './decision.ts';
import { believedRemainingMs } from './mode-choice.ts';
import type { Policy } from './policy.ts';
import { goesOn, heldBy } from './rooms.ts';
import { earlier } from './round.ts';
import type { Round, WorkerState } from './round.ts';
import type { Running, Waiting } from './snapshot.ts';

interface Ending {
  readonly task: Running;
  readonly ms: number;
}

/** The earliest over all workers, the smallest worker id among equals; `undefined` when no prediction reaches that far. */
export const naturalEnd = (round: Round, preemptor: Waiting): NaturalEnd | undefined => {
  let best: NaturalEnd | undefined;
  for (const id of preemptor.eligible) {
    const worker = round.worker(id);
    if (worker === undefined) continue;
    const end = naturalEndOn(worker, preemptor.demand, round.policy);
    if (end === undefined) continue;
    if (best === undefined || end.ms < best.ms || (end.ms === best.ms && end.worker < best.worker))
      best = end;
  }
  return best;
};

export const naturalEndOn = (
  { view, unreserved }: WorkerState,
  demand: Amounts,
  policy: Policy,
): NaturalEnd | undefined => {
  if (!fits(demand, view.capacity)) return undefined;
  let room = unreserved;
  let ms = 0;
  let support: number | undefined;
  for (const ending of endingsOf(view.running, policy)) {
    if (fits(demand, room)) break;
    room = plus(room, heldBy(ending.task));
    ms = ending.ms;
    support = earlier(support, ending.task.remaining?.support);
  }
  return fits(demand, room) ? { ms, worker: view.id, support: support ?? 0 } : undefined;
};

/** Those whose end is predicted, the first to end first. */
const endingsOf = (running: readonly Running[], policy: Policy): Ending[] => {
  const endings: Ending[] = [];
  for (const task of running) {
    const ms = believedRemainingMs(task, policy);
    if (ms !== undefined && goesOn(task)) endings.push({ task, ms });
  }
  return endings.sort((a, b) => a.ms - b.ms || (a.task.id < b.task.id ? -1 : 1));
};
