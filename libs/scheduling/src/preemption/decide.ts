import { joined } from './counts.ts';
import { decideExpress, decideFor, decideHold } from './decide-for.ts';
import { acts } from './decision.ts';
import type { Decision } from './decision.ts';
import { expressWorker } from './express.ts';
import type { Policy } from './policy.ts';
import { inRoundOrder } from './priority.ts';
import { DecisionRound } from './round.ts';
import type { Snapshot, Waiting } from './snapshot.ts';
import { mayOnlyHold, skipOf } from './trigger.ts';

/**
 * One round of preemption: what is done about the waiting tasks that no free slot can take. To be called after the
 * dispatcher has filled the free slots. No clock, no chance, and the order of the lists does not matter: the same
 * snapshot and policy give the same decisions. Tasks that need no decision get none: they start by themselves, cannot
 * run, hold a reservation, or may not preempt.
 */
export const decide = (snapshot: Snapshot, policy: Policy): Decision[] => {
  const decisions: Decision[] = [];
  runRound(snapshot, policy, (_, decision) => decisions.push(decision));
  return decisions;
};

/** Calls `onDecided` with each decision and the state that it was made on, before it is done to that state. */
export const runRound = (
  snapshot: Snapshot,
  policy: Policy,
  onDecided: (round: DecisionRound, decision: Decision) => void,
): void => {
  const heard = snapshot.waiting.filter((task) => isHeard(task, policy));
  if (heard.length === 0) return;
  const round = new DecisionRound(snapshot, policy);
  const closed = new Set<string>();
  for (const task of inRoundOrder(heard, snapshot.now, policy.aging)) {
    if (closed.has(task.queue)) continue;
    const decision = decideOne(round, task);
    if (decision === undefined) continue;
    // Its head stays, and the same workers would refuse those behind it.
    if (!acts(decision)) closed.add(task.queue);
    onDecided(round, withOmitted(decision, snapshot));
    round.take(decision);
  }
};

const isHeard = (task: Waiting, policy: Policy): boolean => {
  const skip = skipOf(task, policy);
  return skip === undefined || mayOnlyHold(task, skip);
};

const decideOne = (round: DecisionRound, task: Waiting): Decision | undefined => {
  const isPromised = round.reservationOf(task.id) !== undefined;
  if (!isPromised && round.startsNow(task)) return undefined;
  // Also one that waits for its victims: an express slot that has become free is sooner.
  const express = expressWorker(round, task);
  if (express !== undefined) return decideExpress(round, task, express);
  if (isPromised) return undefined;
  return skipOf(task, round.policy) === undefined ? decideFor(round, task) : decideHold(round, task);
};

const withOmitted = (decision: Decision, { omitted }: Snapshot): Decision =>
  omitted ? { ...decision, candidates: joined(decision.candidates, omitted) } : decision;
