import { NO_AMOUNTS, plus } from './amounts.ts';
import { joined, remainderOf } from './counts.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { atomicUntil, exemptUntil } from './filter.ts';
import type { Policy } from './policy.ts';
import { heldBy } from './rooms.ts';
import type { Running, Snapshot, Waiting, SnapshotWorker } from './snapshot.ts';

/** Further workers in a record, next to those that the decision names. */
const OTHER_WORKERS = 2;
/** Further tasks of a worker in a record, next to those that the decision is about. */
const OTHER_TASKS = 2;

/**
 * The part of a snapshot that a decision rests on. Whatever is left out is left out on trial: the smaller snapshot has to
 * give the very same decision, or a larger one is taken. At worst it is all workers that fit the preemptor.
 */
export const compacted = (snapshot: Snapshot, decision: Decision, policy: Policy): Snapshot => {
  const task = snapshot.waiting.find(({ id }) => id === decision.preemptor.id);
  if (task === undefined) return snapshot;
  const fitting = new Set(task.eligible);
  const eligible = snapshot.workers.filter(({ id }) => fitting.has(id));
  const few = fewOf(eligible, decision, policy);
  const tries = [few.map((view) => folded(view, decision, policy)), few, eligible];
  for (const workers of tries) {
    const part = faithful(partOf(snapshot, task, workers), decision, policy);
    if (part !== undefined) return part;
  }
  return { ...snapshot, waiting: [task] };
};

/** The part with the counts of what it leaves out, if it gives the same decision. */
const faithful = (part: Snapshot, decision: Decision, policy: Policy): Snapshot | undefined => {
  const [partial] = decide(part, policy);
  const omitted = partial && remainderOf(decision.candidates, partial.candidates);
  if (partial === undefined || omitted === undefined) return undefined;
  const whole = { ...partial, candidates: joined(partial.candidates, omitted) };
  // Both were made by the same code, so that equal ones have equal texts.
  if (JSON.stringify(whole) !== JSON.stringify(decision)) return undefined;
  return omitted.total === 0 ? part : { ...part, omitted };
};

const partOf = (snapshot: Snapshot, task: Waiting, workers: readonly SnapshotWorker[]): Snapshot => {
  const shown = new Set(workers.map(({ id }) => id));
  const running = workers.flatMap((view) => view.running);
  const pools = new Set([task.pool, ...running.map(({ pool }) => pool)]);
  const tenants = new Set([task.tenant, ...running.map(({ tenant }) => tenant)]);
  const workflows = new Set(running.map(({ workflow }) => workflow));
  return {
    now: snapshot.now,
    waiting: [{ ...task, eligible: task.eligible.filter((id) => shown.has(id)) }],
    workers,
    // Holds count per pool, wherever they are.
    reservations: snapshot.reservations.filter(({ worker, kind }) => shown.has(worker) || kind === 'held'),
    pools: snapshot.pools.filter(({ pool }) => pools.has(pool)),
    tenants: snapshot.tenants.filter(({ tenant }) => tenants.has(tenant)),
    workflows: snapshot.workflows.filter(({ workflow }) => workflows.has(workflow)),
  };
};

/** The workers that the decision names, the one whose task it waits for, and a few more for comparison. */
const fewOf = (eligible: readonly SnapshotWorker[], decision: Decision, policy: Policy): SnapshotWorker[] => {
  const named = [decision.worker, decision.natural?.worker, decision.reservation?.worker];
  const isNamed = (view: SnapshotWorker): boolean =>
    named.includes(view.id) || view.running.some((task) => isAwaited(task, decision, policy));
  const others = eligible.filter((view) => !isNamed(view)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return [...eligible.filter(isNamed).slice(0, named.length), ...others.slice(0, OTHER_WORKERS)];
};

/** The worker with the tasks that the decision is about; what the others occupy is summed up. */
const folded = (view: SnapshotWorker, decision: Decision, policy: Policy): SnapshotWorker => {
  const taken = new Set([...decision.victims, ...decision.reclaimed].map(({ id }) => id));
  const endsInTime = (task: Running): boolean =>
    view.id === decision.natural?.worker && (task.remaining?.p50Ms ?? Infinity) <= decision.natural.ms;
  const isShown = (task: Running): boolean =>
    taken.has(task.id) || isGoing(task) || endsInTime(task) || isAwaited(task, decision, policy);
  const rest = view.running.filter((task) => !isShown(task)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const left = rest.slice(OTHER_TASKS);
  if (left.length === 0) return view;
  const others = left.reduce((sum, task) => plus(sum, heldBy(task)), view.others ?? NO_AMOUNTS);
  return { ...view, running: [...view.running.filter(isShown), ...rest.slice(0, OTHER_TASKS)], others };
};

const isGoing = ({ phase }: Running): boolean => phase === 'preempting' || phase === 'stopping';

/** Its protection ends when the decision asks to be looked at again. */
const isAwaited = (task: Running, { wakeAt }: Decision, policy: Policy): boolean =>
  wakeAt !== undefined && (exemptUntil(task, policy) === wakeAt || atomicUntil(task, policy) === wakeAt);
