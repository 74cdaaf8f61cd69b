import type { TaskView } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import { demandOf, fits, minus, plus, readingsText } from '@precedent/scheduling';
import type { TaskClass } from '@precedent/tasks';
import type { WorkerSession } from '../workers/worker-session.ts';

/** Workers named at most. */
const NAMED_MAX = 5;

/** Whether a worker would take a task of the class at once, by the same conditions as the dispatcher. */
export const takesNow = (session: WorkerSession, kind: TaskClass): boolean =>
  session.free > 0 && session.admission(rankOf(kind.band)).admits && hasRoom(session, kind);

/**
 * Why a queued task waits, for every interface. `fitting`: the sessions that can run it. Free slots that are withheld are named before
 * slots that are taken, because they are unexpected. `undefined`: no worker fits it.
 */
export const waitReasonOf = (fitting: readonly WorkerSession[], kind: TaskClass): TaskView['waiting'] => {
  if (fitting.length === 0) return undefined;
  const withFree = fitting.filter((session) => session.unused > 0);
  const withheld = withFree.flatMap((session) => withheldBy(session, kind) ?? []);
  if (withheld.length > 0) {
    const isLoad = withFree.some((session) => !session.admission(rankOf(kind.band)).admits);
    return { reason: isLoad ? 'machine_load' : 'no_free_slot', detail: named(withheld) };
  }
  const isFree = withFree.length > 0;
  return {
    reason: 'no_free_slot',
    detail: isFree ? 'its turn comes: free slots go to tasks before it' : taken(fitting),
  };
};

/** Whether the load of machines is all that keeps a task of the class from a free slot: then no throughput says when that ends. */
export const isHeldByLoad = (fitting: readonly WorkerSession[], kind: TaskClass): boolean => {
  const free = fitting.filter((session) => session.free > 0);
  return free.length > 0 && !free.some((session) => session.admission(rankOf(kind.band)).admits);
};

/** Why a worker with a free slot takes nothing of the class; `undefined` when it would. */
const withheldBy = (session: WorkerSession, kind: TaskClass): string | undefined => {
  const { worker } = session.offer;
  if (session.backsOff)
    return `worker ${worker} gave a task back or was not reached, and gets nothing before its next heartbeat`;
  const load = loadReason(session, rankOf(kind.band), kind.band);
  if (load !== undefined) return load;
  if (hasRoom(session, kind)) return undefined;
  return `worker ${worker} has a free slot, but not the cpu, memory or GPUs that are asked for`;
};

const loadReason = (session: WorkerSession, rank: BandRank, band: string): string | undefined => {
  const { machine, offer, busy } = session;
  const admission = session.admission(rank);
  if (machine === undefined || admission.admits) return undefined;
  const limit = admission.reason === 'band' ? '' : `, ${busy} of ${machine.recommended} tasks at once`;
  return `worker ${offer.worker} takes nothing new of ${band}: machine load ${machine.level}, ${readingsText(machine)}${limit}`;
};

const hasRoom = ({ supply, used, reserved }: WorkerSession, { resources }: TaskClass): boolean =>
  fits(demandOf(resources), minus(supply, plus(used, reserved)));

const taken = (fitting: readonly WorkerSession[]): string => {
  const slots = fitting.reduce((sum, { offer }) => sum + offer.slots, 0);
  const busy = fitting.map(({ offer, busy: count }) => `${offer.worker} ${count}/${offer.slots}`);
  const all = slots === 1 ? 'the only fitting slot is' : `all ${slots} fitting slots are`;
  return `${all} taken or reserved: ${named(busy, ', ')}`;
};

const named = (texts: readonly string[], between = '; '): string =>
  texts.length <= NAMED_MAX
    ? texts.join(between)
    : `${texts.slice(0, NAMED_MAX).join(between)}${between}and ${texts.length - NAMED_MAX} more`;
