import type { Rejection } from './counts.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { rejectionOf } from './filter.ts';
import { lateRejection, lookAt } from './look.ts';
import { planOn } from './plan.ts';
import type { Policy } from './policy.ts';
import { Round } from './round.ts';
import type { Running, Snapshot, Waiting, WorkerView } from './snapshot.ts';
import { skipOf } from './trigger.ts';
import type { Skip } from './trigger.ts';

export type Fate = 'chosen' | 'not_needed' | Rejection;

/** What became of one running task in a decision, and the worker it runs on. */
export interface CandidateFate {
  readonly id: string;
  readonly worker: string;
  readonly fate: Fate;
}

/** A dry run for one waiting task, as if it were alone. */
export interface Inspection {
  /** Why no decision is made. */
  readonly skip?: Skip | 'not_waiting';
  readonly decision?: Decision;
  /** Every running task of the snapshot; empty when the decision was made without looking at them. */
  readonly candidates: readonly CandidateFate[];
}

/** Tells, without doing anything, what a round would decide about a task of the snapshot, and why about each running task. */
export const inspect = (snapshot: Snapshot, policy: Policy, id: string): Inspection => {
  const task = snapshot.waiting.find((one) => one.id === id);
  if (task === undefined) return { skip: 'not_waiting', candidates: [] };
  const round = new Round(snapshot, policy);
  const [decision] = decide({ ...snapshot, waiting: [task] }, policy);
  const skip = skipOf(task, policy) ?? (decision ? undefined : skipInRound(round, task));
  const candidates = decision && looked(decision) ? fatesOf(round, task, snapshot.workers, decision) : [];
  return { ...(skip && { skip }), ...(decision && { decision }), candidates };
};

const skipInRound = (round: Round, { id }: Waiting): Skip =>
  round.reservationOf(id) ? 'reserved' : 'starts';

const looked = ({ candidates }: Decision): boolean => candidates.total > 0;

const fatesOf = (
  round: Round,
  task: Waiting,
  workers: readonly WorkerView[],
  decision: Decision,
): CandidateFate[] => {
  const chosen = new Set([...decision.victims, ...decision.reclaimed].map(({ id }) => id));
  return workers.flatMap((view) => {
    const fateOf = fatesOn(round, task, view);
    return view.running.map((running) => ({
      id: running.id,
      worker: view.id,
      fate: chosen.has(running.id) ? 'chosen' : fateOf(running),
    }));
  });
};

/** The fates of those on one worker that are not chosen. */
const fatesOn = (round: Round, task: Waiting, view: WorkerView): ((running: Running) => Fate) => {
  const worker = task.eligible.includes(view.id) ? round.worker(view.id) : undefined;
  if (worker === undefined) return () => 'placement';
  const look = lookAt(round, task, worker);
  const fates = new Map<string, Fate>();
  for (const candidate of look.list.candidates) {
    fates.set(candidate.task.id, lateRejection(look, candidate) ?? 'not_needed');
  }
  for (const candidate of planOn(look).overBudget) fates.set(candidate.task.id, 'budget');
  return (running) =>
    fates.get(running.id) ?? rejectionOf(task, running, round.policy, round.now) ?? 'not_needed';
};
