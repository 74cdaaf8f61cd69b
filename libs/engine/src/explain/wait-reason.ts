import type { TaskView } from '@precedent/contract-types';
import { formatDuration, rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { demandOf, fits, lacks, minus, plus, readingsText } from '@precedent/scheduling';
import type { QueueClass } from '@precedent/scheduling';
import type { TaskClass, TaskRow } from '@precedent/tasks';
import type { Fleet } from '../workers/fleet.ts';
import { blockedText } from '../workers/blocked-text.ts';
import type { WorkerSession } from '../workers/worker-session.ts';

/** Workers that a text names, at most. */
const NAMED_MAX = 5;

/** Whether a worker would start a task of the class at once, by the same conditions as the dispatcher. */
export const takesNow = (session: WorkerSession, kind: TaskClass): boolean =>
  session.free > 0 && session.admission(rankOf(kind.band)).admits && hasRoom(session, kind);

/**
 * Why a queued task waits, for every interface. `fitting`: the sessions that can run it. A free slot that the task does not get is named
 * before taken slots, because it is unexpected. `undefined`: no worker fits it.
 */
export const waitReasonOf = (
  fitting: readonly WorkerSession[],
  kind: TaskClass,
  now: EpochMs,
): TaskView['waiting'] => {
  if (fitting.length === 0) return undefined;
  const withFree = fitting.filter((session) => session.unused > 0);
  const withheld = withFree.flatMap((session) => withheldBy(session, kind, now) ?? []);
  if (withheld.length > 0) {
    const isLoad = withFree.some((session) => !session.admission(rankOf(kind.band)).admits);
    return { reason: isLoad ? 'machine_load' : 'no_free_slot', detail: named(withheld) };
  }
  const isFree = withFree.length > 0;
  return {
    reason: 'no_free_slot',
    detail: isFree ? 'its turn comes: free slots go to tasks before it' : taken(fitting, now),
  };
};

/** Why no worker can run the tasks of a queue class, in words that name no worker. */
export const unfitText = (fleet: Fleet, { placement }: QueueClass<TaskRow>): string => {
  const { type, pool, security } = placement;
  const unlabelled = { ...placement, security: undefined };
  const isUncleared =
    security !== undefined &&
    [...fleet.all()].some(({ profile }) => lacks(profile, unlabelled) === undefined);
  return isUncleared
    ? `no worker is cleared for ${security}`
    : `no worker offers type ${type} in pool ${pool}`;
};

/** Why no worker can run the tasks of a queue class, with what some of the workers lack. */
export const unfitReasons = (fleet: Fleet, { placement }: QueueClass<TaskRow>): string[] => {
  const sessions = [...fleet.all()].filter(({ state }) => state === 'ready');
  if (sessions.length === 0) return ['no worker is connected'];
  const lacking = sessions
    .slice(0, NAMED_MAX)
    .map(({ profile }) => `${profile.worker} lacks ${lacks(profile, placement) ?? 'nothing'}`);
  return ['no worker fits it', ...lacking];
};

/** Whether only the load of machines keeps a task of the class from a free slot: then no throughput says when it starts. */
export const isHeldByLoad = (fitting: readonly WorkerSession[], kind: TaskClass): boolean => {
  const free = fitting.filter((session) => session.free > 0);
  return free.length > 0 && !free.some((session) => session.admission(rankOf(kind.band)).admits);
};

/** Why a worker with a free slot starts no task of the class; `undefined` when it would. */
const withheldBy = (session: WorkerSession, kind: TaskClass, now: EpochMs): string | undefined => {
  const { worker } = session.profile;
  if (session.backsOff)
    return `worker ${worker} gave a task back or could not be reached, and gets no task before its next heartbeat`;
  if (session.blocked)
    return `${blockedText(worker, session.blocked)}, for ${formatDuration(now - session.blocked.since)}: the worker gets no task before that ends`;
  const load = loadReason(session, rankOf(kind.band), kind.band);
  if (load !== undefined) return load;
  if (hasRoom(session, kind)) return undefined;
  return `worker ${worker} has a free slot, but not the cpu, memory or GPUs that the task requires`;
};

const loadReason = (session: WorkerSession, rank: BandRank, band: string): string | undefined => {
  const { machineLoad, profile, busy } = session;
  const admission = session.admission(rank);
  if (machineLoad === undefined || admission.admits) return undefined;
  const limit = admission.reason === 'band' ? '' : `, ${busy} of ${machineLoad.recommended} tasks at once`;
  return `worker ${profile.worker} takes nothing new of ${band}: machine load ${machineLoad.level}, ${readingsText(machineLoad)}${limit}`;
};

const hasRoom = ({ supply, used, reserved }: WorkerSession, { resources }: TaskClass): boolean =>
  fits(demandOf(resources), minus(supply, plus(used, reserved)));

const taken = (fitting: readonly WorkerSession[], now: EpochMs): string => {
  const slots = fitting.reduce((sum, { profile }) => sum + profile.slots, 0);
  const busy = fitting.map(({ profile, busy: count }) => `${profile.worker} ${count}/${profile.slots}`);
  const all = slots === 1 ? 'the only fitting slot is' : `all ${slots} fitting slots are`;
  const overdue = fitting.flatMap((session) => overdueText(session, now) ?? []);
  return [`${all} taken or reserved: ${named(busy, ', ')}`, ...overdue.slice(0, NAMED_MAX)].join('; ');
};

/** `worker vm: 2 slots are overdue, the longest for 4m (task x)`. */
const overdueText = ({ overdueSlots, profile }: WorkerSession, now: EpochMs): string | undefined => {
  if (overdueSlots === undefined) return undefined;
  const { count, since, tasks } = overdueSlots;
  const [slots, longest] = count === 1 ? ['slot is', ''] : ['slots are', 'the longest '];
  const duration = formatDuration(now - since);
  return `worker ${profile.worker}: ${count} ${slots} overdue, ${longest}for ${duration} (task ${tasks[0]})`;
};

const named = (texts: readonly string[], between = '; '): string =>
  texts.length <= NAMED_MAX
    ? texts.join(between)
    : `${texts.slice(0, NAMED_MAX).join(between)}${between}and ${texts.length - NAMED_MAX} more`;
