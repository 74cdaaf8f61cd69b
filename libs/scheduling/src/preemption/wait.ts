import type { NaturalEnd } from './decision.ts';
import { naturalEndOn } from './natural.ts';
import type { DecisionRound, RoundWorker } from './round.ts';
import type { Waiting } from './snapshot.ts';

/** When a task fits on this worker without preempting anybody. */
export const naturalEndAt = (
  round: DecisionRound,
  worker: RoundWorker,
  { demand }: Waiting,
): NaturalEnd | undefined => naturalEndOn(worker.view, worker.unreserved, round.endings(worker), demand);

/** The earliest over all workers, the smallest worker id among equals; `undefined` when no prediction reaches that far. */
export const naturalEnd = (round: DecisionRound, preemptor: Waiting): NaturalEnd | undefined => {
  let best: NaturalEnd | undefined;
  for (const id of preemptor.eligible) {
    const worker = round.worker(id);
    if (worker === undefined || isHopeless(round, worker, best)) continue;
    const end = naturalEndAt(round, worker, preemptor);
    if (end !== undefined && (best === undefined || isSooner(end, best))) best = end;
  }
  return best;
};

/** Nothing ends there before the best so far. */
const isHopeless = (round: DecisionRound, worker: RoundWorker, best: NaturalEnd | undefined): boolean => {
  const first = round.endings(worker)[0];
  return first === undefined || (best !== undefined && first.ms > best.ms);
};

const isSooner = (a: NaturalEnd, b: NaturalEnd): boolean =>
  a.ms < b.ms || (a.ms === b.ms && a.worker < b.worker);
