import type { Rejection } from './counts.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { rejectionOf } from './filter.ts';
import { lateRejection, lookAt } from './look.ts';
import { planOn } from './plan.ts';
import type { Policy } from './policy.ts';
import { DecisionRound } from './round.ts';
import type { Running, Snapshot, Waiting, SnapshotWorker } from './snapshot.ts';
import { skipOf } from './trigger.ts';
import type { Skip } from './trigger.ts';

export type CandidateOutcome = 'chosen' | 'not_needed' | Rejection;

/** What became of one running task in a decision, and the worker it runs on. */
export interface InspectedCandidate {
  readonly id: string;
  readonly worker: string;
  readonly fate: CandidateOutcome;
}

/** A dry run for one waiting task, as if it were alone. */
export interface Inspection {
  /** Why no decision is made. */
  readonly skip?: Skip | 'not_waiting';
  readonly decision?: Decision;
  /** Every running task of the snapshot; empty when the decision was made without looking at them. */
  readonly candidates: readonly InspectedCandidate[];
}

/** Tells, without doing anything, what a round would decide about a task of the snapshot, and why about each running task. */
export const inspect = (snapshot: Snapshot, policy: Policy, id: string): Inspection => {
  const task = snapshot.waiting.find((one) => one.id === id);
  if (task === undefined) return { skip: 'not_waiting', candidates: [] };
  const round = new DecisionRound(snapshot, policy);
  const [decision] = decide({ ...snapshot, waiting: [task] }, policy);
  const skip = skipOf(task, policy) ?? (decision ? undefined : skipInRound(round, task));
  const candidates =
    decision && looked(decision) ? inspectedCandidates(round, task, snapshot.workers, decision) : [];
  return { ...(skip && { skip }), ...(decision && { decision }), candidates };
};

const skipInRound = (round: DecisionRound, { id }: Waiting): Skip =>
  round.reservationOf(id) ? 'reserved' : 'starts';

const looked = ({ candidates }: Decision): boolean => candidates.total > 0;

const inspectedCandidates = (
  round: DecisionRound,
  task: Waiting,
  workers: readonly SnapshotWorker[],
  decision: Decision,
): InspectedCandidate[] => {
  const chosen = new Set([...decision.victims, ...decision.reclaimed].map(({ id }) => id));
  return workers.flatMap((view) => {
    const outcomeOf = outcomesOn(round, task, view);
    return view.running.map((running) => ({
      id: running.id,
      worker: view.id,
      fate: chosen.has(running.id) ? 'chosen' : outcomeOf(running),
    }));
  });
};

/** The outcomes of those on one worker that are not chosen. */
const outcomesOn = (
  round: DecisionRound,
  task: Waiting,
  view: SnapshotWorker,
): ((running: Running) => CandidateOutcome) => {
  const worker = task.eligible.includes(view.id) ? round.worker(view.id) : undefined;
  if (worker === undefined) return () => 'placement';
  const look = lookAt(round, task, worker);
  const outcomes = new Map<string, CandidateOutcome>();
  for (const candidate of look.list.candidates) {
    outcomes.set(candidate.task.id, lateRejection(look, candidate) ?? 'not_needed');
  }
  for (const candidate of planOn(look).overBudget) outcomes.set(candidate.task.id, 'budget');
  return (running) =>
    outcomes.get(running.id) ?? rejectionOf(task, running, round.policy, round.now) ?? 'not_needed';
};
