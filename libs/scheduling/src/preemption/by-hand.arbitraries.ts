import type { BandRank } from '@precedent/kernel';
import type { Amounts } from './amounts.ts';
import { runRound } from './decide.ts';
import type { Decision } from './decision.ts';
import { isOut, sumOf } from './builders.arbitraries.ts';
import type { Scene } from './preemption.arbitraries.ts';
import type { Policy } from './policy.ts';
import type { Reservation, Running, Snapshot, Waiting, SnapshotWorker } from './snapshot.ts';

/** The rule once more, in the plainest way and with none of its code: what the properties compare against. */
export const DIMENSIONS = ['slots', 'cpuMilli', 'memoryMb', 'gpu'] as const;

const each = (of: (dimension: keyof Amounts) => number): Amounts => ({
  slots: of('slots'),
  cpuMilli: of('cpuMilli'),
  memoryMb: of('memoryMb'),
  gpu: of('gpu'),
});

export const add = (a: Amounts, b: Amounts): Amounts => each((one) => a[one] + b[one]);
export const subtract = (a: Amounts, b: Amounts): Amounts => each((one) => a[one] - b[one]);

export const goesIn = (demand: Amounts, room: Amounts): boolean =>
  DIMENSIONS.every((one) => demand[one] === 0 || demand[one] <= room[one]);

const keepsWhenFrozen = ({ memoryMb, gpu }: Amounts): Amounts => ({ slots: 0, cpuMilli: 0, memoryMb, gpu });

/** What stays occupied when all that is on its way out has left. */
const staysOccupied = (task: Running): Amounts => {
  if (task.phase === 'suspended') return keepsWhenFrozen(task.usage);
  if (task.phase === 'preempting' && task.mode === 'suspend') return keepsWhenFrozen(task.usage);
  return isOut(task) ? sumOf([]) : task.usage;
};

export const occupiedSoon = (view: SnapshotWorker): Amounts =>
  sumOf([...view.running.map(staysOccupied), view.others ?? sumOf([])]);

export const promised = (
  snapshot: Snapshot,
  worker: string,
  counts: (one: Reservation) => boolean,
): Amounts =>
  sumOf(
    snapshot.reservations
      .filter((one) => one.worker === worker && one.expiresAt > snapshot.now && counts(one))
      .map((one) => one.amounts),
  );

/** Soon free and promised to no task. */
export const roomOn = (snapshot: Snapshot, view: SnapshotWorker): Amounts =>
  subtract(
    subtract(view.capacity, occupiedSoon(view)),
    promised(snapshot, view.id, () => true),
  );

export const workerOf = (snapshot: Snapshot, id: string | undefined): SnapshotWorker => {
  const view = snapshot.workers.find((one) => one.id === id);
  if (view === undefined) throw new Error(`no worker ${id}`);
  return view;
};

export const taskOf = (view: SnapshotWorker, id: string): Running => {
  const task = view.running.find((one) => one.id === id);
  if (task === undefined) throw new Error(`no task ${id} on ${view.id}`);
  return task;
};

export const preemptorOf = (snapshot: Snapshot, decision: Decision): Waiting => {
  const task = snapshot.waiting.find(({ id }) => id === decision.preemptor.id);
  if (task === undefined) throw new Error(`no task ${decision.preemptor.id}`);
  return task;
};

/** A task in an express slot occupies memory and GPUs, and no slot. */
const exceededByHand = (view: SnapshotWorker, { preemptor }: Decision): Partial<SnapshotWorker> => ({
  express: (view.express ?? 0) - 1,
  others: add(view.others ?? sumOf([]), keepsWhenFrozen(preemptor.demand)),
});

/** The moment after a decision. */
export const after = (snapshot: Snapshot, decision: Decision): Snapshot => {
  const victims = new Map(decision.victims.map((victim) => [victim.id, victim.mode]));
  const reclaimed = new Set(decision.reclaimed.map(({ id }) => id));
  const stolen = new Set(decision.stolen.map(({ task }) => task));
  const goes = (task: Running): Running => {
    const mode = victims.get(task.id);
    if (mode !== undefined) return { ...task, phase: 'preempting', mode };
    return reclaimed.has(task.id) ? { ...task, phase: 'stopping' } : task;
  };
  const slotOnly = (one: Reservation): Reservation =>
    decision.outcome === 'express' && one.task === decision.preemptor.id
      ? { ...one, amounts: { ...one.amounts, memoryMb: 0, gpu: 0 } }
      : one;
  const workers = snapshot.workers.map((view) => ({
    ...view,
    running: view.running.map(goes),
    ...(decision.outcome === 'express' && view.id === decision.worker && exceededByHand(view, decision)),
  }));
  const others = snapshot.reservations.filter(({ task }) => !stolen.has(task)).map(slotOnly);
  return {
    ...snapshot,
    workers,
    reservations: [...others, ...(decision.reservation ? [decision.reservation] : [])],
  };
};

/** Each decision of a round with the moment before it, and the moment after the last. */
export const walked = ({ snapshot, policy }: Scene): { steps: [Snapshot, Decision][]; end: Snapshot } => {
  const steps: [Snapshot, Decision][] = [];
  runRound(snapshot, policy, (round, decision) => steps.push([round.snapshotAfter(snapshot), decision]));
  const last = steps[steps.length - 1];
  return { steps, end: last ? after(...last) : snapshot };
};

export const protectionByHand = (task: Running, policy: Policy): number => {
  const max = task.override?.maxPreemptions ?? policy.classes[task.base].maxPreemptions;
  const worn = max > 0 && task.preemptCount * 2 >= max ? 1 : 0;
  return Math.min(3, Math.max(task.base, task.donated ?? 0) + worn);
};

const ORDER = ['never', 'delay', 'at_checkpoint', 'suspend', 'immediate'];

export const modeByHand = (task: Running, base: BandRank, policy: Policy): string => {
  const wanted = ORDER.indexOf(task.override?.mode ?? policy.classes[task.base].mode);
  const found = ORDER[Math.min(wanted, ORDER.indexOf(policy.classes[base].demands))] ?? '';
  return found === 'suspend' && !task.suspendable ? 'at_checkpoint' : found;
};

const isProtectedByTime = (task: Running, { base }: Waiting, { snapshot, policy }: Scene): boolean => {
  const { now } = snapshot;
  const { atomic, override } = task;
  if (atomic && now < atomic.since + Math.min(atomic.maxMs, policy.atomicMsMax)) return true;
  if (task.phase !== 'running') return false;
  const exemptMs = override?.exemptMs ?? policy.classes[task.base].exemptMs;
  return now - task.startedAt < exemptMs && !(base === 3 && policy.classes[3].overridesExempt);
};

const endsAnyway = (task: Running, policy: Policy): boolean => {
  const graceMs = task.override?.graceMs ?? policy.classes[task.base].graceMs;
  const { remaining } = task;
  if (remaining === undefined || remaining.support < policy.predictionSupportMin) return false;
  return remaining.p50Ms <= graceMs + (task.checkpointMs ?? 0);
};

export const isOfTheirs = (
  task: { domain: string; tenant: string },
  preemptor: Waiting,
  { snapshot, policy }: Scene,
): boolean => {
  if (task.domain === preemptor.domain) return true;
  const share = snapshot.tenants.find(({ tenant }) => tenant === task.tenant)?.sharePercent ?? 100;
  return policy.crossTenant && share > 100;
};

/** Whether the rule lets this preemptor have this task at all, room and budgets aside. */
export const mayTake = (preemptor: Waiting, task: Running, scene: Scene): boolean => {
  const { policy } = scene;
  if (isOut(task)) return false;
  if (preemptor.base <= protectionByHand(task, policy)) return false;
  if (!policy.classes[preemptor.base].mayPreempt.includes(task.base)) return false;
  if (modeByHand(task, preemptor.base, policy) === 'never') return false;
  if (isProtectedByTime(task, preemptor, scene) || !isOfTheirs(task, preemptor, scene)) return false;
  if (task.phase !== 'running') return true;
  const max = task.override?.maxPreemptions ?? policy.classes[task.base].maxPreemptions;
  if (task.preemptCount >= max || endsAnyway(task, policy)) return false;
  return !preemptor.spared?.includes(task.id);
};

/** What taking a task frees. */
export const givesByHand = (task: Running, base: BandRank, policy: Policy): Amounts =>
  modeByHand(task, base, policy) === 'suspend'
    ? subtract(task.usage, keepsWhenFrozen(task.usage))
    : task.usage;
