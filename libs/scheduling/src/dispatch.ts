import { Heap, orderBy, asc, desc } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import { agedRank } from './aging.ts';
import type { AgingMs } from './aging.ts';
import type { QueueClass } from './queue-class.ts';
import { URGENT, loadAdmission } from './load.ts';
import type { LoadLimits, Occupancy } from './load.ts';
import type { Queued } from './run-queue.ts';

/** A worker session as the dispatcher sees it. */
export interface Capacity {
  readonly session: string;
  readonly free: number;
  /** Places that a task of this queue rank may take in addition to the free ones, because it displaces what has a lower rank. */
  readonly displaces?: (rank: BandRank) => number;
  /** Set while the load of its machine limits what it may take on. */
  readonly loaded?: LoadedWorker | undefined;
}

/** A worker whose machine is busy. */
export interface LoadedWorker extends Occupancy {
  readonly limits: LoadLimits;
}

export interface DispatchInput<T extends Queued> {
  readonly queueClasses: Iterable<QueueClass<T>>;
  /** The sessions that fit a queue class, busy ones too. */
  readonly eligible: (queueClass: QueueClass<T>) => readonly Capacity[];
  readonly aging: AgingMs;
  readonly now: number;
  /** Starts at most; the rest is for the next round. */
  readonly limit: number;
  /** Whether a session has room for a task of the queue class, a free slot aside; called for queue classes that need more than a slot. */
  readonly hasRoom?: (session: string, queueClass: QueueClass<T>) => boolean;
  /** The room of a start is taken. */
  readonly took?: (session: string, queueClass: QueueClass<T>) => void;
  /** Frozen tasks: each goes on at its place in the order, where it is, or waits. */
  readonly pinned?: readonly Pinned<T>[];
  /** Whether a task starts in no place of this round; those behind it in its queue class and band do not either. */
  readonly isHeld?: (task: T) => boolean;
  /** The session that a task would best go on at, when it is as good as any other. */
  readonly prefers?: (task: T) => string | undefined;
}

/** A task that can go on in one place only, because it is frozen there. */
export interface Pinned<T> {
  readonly task: T;
  readonly base: BandRank;
  readonly at: Capacity;
  /** Whether there is room for it, a free slot aside. */
  readonly hasRoom: () => boolean;
  /** It goes on: its room is taken. */
  readonly took: () => void;
}

export interface Start<T> {
  readonly task: T;
  readonly session: string;
  /** It has its lease already, and is to be thawed. */
  readonly isThaw?: true;
}

/** The place of a task in the order in which tasks start. */
export interface Place {
  readonly rank: BandRank;
  readonly order: number;
}

/** What a task may claim a slot by. */
interface Claim {
  readonly base: BandRank;
  readonly rank: BandRank;
}

interface HeadPlace extends Place {
  /** How far its flow is before the others of the band, in virtual time. */
  readonly share: number;
}

interface Head<T extends Queued> extends HeadPlace {
  readonly queueClass: QueueClass<T>;
  readonly base: BandRank;
}

interface FrozenHead<T extends Queued> extends HeadPlace {
  readonly pinned: Pinned<T>;
}

/** The higher rank after aging first, then the earlier submission. `order` is unique, so it never ties. Workers start in it what was assigned ahead. */
export const runOrder = orderBy<Place>(
  desc((head) => head.rank),
  asc((head) => head.order),
);

/** The higher rank first, then the flow that has had the smaller share, then the earlier submission. */
const headOrder = orderBy<HeadPlace>(
  desc((head) => head.rank),
  asc((head) => head.share),
  asc((head) => head.order),
);

/**
 * Fills free slots with waiting tasks in run order, and takes what it starts out of the queue classes. A task goes to the fitting
 * session with the most free slots, the smallest session id among equals. No clock, no chance: the same queue classes and the same
 * capacity give the same starts.
 */
export const decideStarts = <T extends Queued>(input: DispatchInput<T>): Start<T>[] => {
  const starts: Start<T>[] = [];
  const round: Round = { free: new Map(), highest: new Map(), loaded: new Map(), origins: [0, 0, 0, 0] };
  const heads = headsOf(input, round);
  while (starts.length < input.limit) {
    const head = heads.pop();
    if (head === undefined) break;
    const base = 'pinned' in head ? head.pinned.base : head.base;
    if ('queueClass' in head && !isCurrent(head, round)) {
      pushHead(heads, head, input, round);
      continue;
    }
    const start = 'pinned' in head ? thawOf(head, round) : startOf(head, input, round);
    if (start === undefined) continue;
    started(round, start.session, base);
    starts.push(start);
    if ('queueClass' in head) pushHead(heads, head, input, round);
  }
  return starts;
};

/** What the starts of this round have changed already. */
interface Round {
  readonly free: Map<string, number>;
  /** The highest band started. */
  readonly highest: Map<string, BandRank>;
  /** The busy workers as they were when the round began, so that each is looked at once. */
  readonly loaded: Map<string, LoadedWorker | undefined>;
  /** By rank: the virtual time when the round began. */
  origins: readonly number[];
}

/** Whether the queue has the same first task, with the same share, as when it was put among the heads: another one may have started since. */
const isCurrent = <T extends Queued>({ queueClass, base, order, share }: Head<T>, round: Round): boolean => {
  const waits = queueClass.queueAt(base);
  return waits.peek()?.order === order && waits.share(round.origins[base] ?? 0) === share;
};

const started = ({ free, highest }: Round, session: string, base: BandRank): void => {
  free.set(session, (free.get(session) ?? 0) - 1);
  if (base > (highest.get(session) ?? -1)) highest.set(session, base);
};

const startOf = <T extends Queued>(
  head: Head<T>,
  input: DispatchInput<T>,
  round: Round,
): Start<T> | undefined => {
  const waits = head.queueClass.queueAt(head.base);
  const first = waits.peek();
  if (first === undefined || input.isHeld?.(first)) return undefined;
  const session = sessionFor(first, head, input, round);
  if (session === undefined) return undefined;
  const task = waits.pop();
  if (task === undefined) return undefined;
  if (head.queueClass.isLarge) input.took?.(session, head.queueClass);
  return { task, session };
};

const thawOf = <T extends Queued>(
  { pinned: { task, base, at, hasRoom, took }, rank }: FrozenHead<T>,
  round: Round,
): Start<T> | undefined => {
  if (slotsFor(at, { base, rank }, round) <= 0 || !hasRoom()) return undefined;
  took();
  return { task, session: at.session, isThaw: true };
};

/** Where it ran last, if that has room; else the roomiest. */
const sessionFor = <T extends Queued>(
  task: T,
  head: Head<T>,
  input: DispatchInput<T>,
  round: Round,
): string | undefined => {
  const fitting = fittingFor(head, input);
  const preferred = input.prefers?.(task);
  const isFree = fitting.some((one) => one.session === preferred && slotsFor(one, head, round) > 0);
  return isFree ? preferred : roomiest(fitting, head, round);
};

const fittingFor = <T extends Queued>(
  { queueClass }: Head<T>,
  input: DispatchInput<T>,
): readonly Capacity[] => {
  const { hasRoom } = input;
  const eligible = input.eligible(queueClass);
  if (!queueClass.isLarge || hasRoom === undefined) return eligible;
  return eligible.filter(({ session }) => hasRoom(session, queueClass));
};

const headsOf = <T extends Queued>(input: DispatchInput<T>, round: Round): Heap<Head<T> | FrozenHead<T>> => {
  const { free } = round;
  const heads = new Heap<Head<T> | FrozenHead<T>>(headOrder);
  let isFirst = true;
  for (const pinned of input.pinned ?? []) {
    const { task, base, at } = pinned;
    free.set(at.session, at.free);
    const rank = agedRank(base, input.now - task.submittedAt, input.aging);
    if (at.free > 0) heads.push({ pinned, rank, share: 0, order: task.order });
  }
  for (const queueClass of input.queueClasses) {
    if (isFirst) round.origins = queueClass.queues.map(({ virtualTime }) => virtualTime);
    isFirst = false;
    let room = false;
    for (const { session, free: slots, displaces } of input.eligible(queueClass)) {
      if (slots > 0 || displaces) room = true;
      free.set(session, slots);
    }
    if (room) for (const base of [0, 1, 2, 3] as const) pushHead(heads, { queueClass, base }, input, round);
  }
  return heads;
};

const pushHead = <T extends Queued>(
  heads: Heap<Head<T> | FrozenHead<T>>,
  { queueClass, base }: Pick<Head<T>, 'queueClass' | 'base'>,
  input: DispatchInput<T>,
  { origins }: Round,
): void => {
  const waits = queueClass.queueAt(base);
  const task = waits.peek();
  if (task === undefined) return;
  const rank = agedRank(base, input.now - task.submittedAt, input.aging);
  const share = waits.share(origins[base] ?? 0);
  heads.push({ queueClass, base, rank, share, order: task.order });
};

/** Free slots that a task of the band may take; of a loaded worker no more than it recommends, but one at least where it admits the band. */
const slotsFor = (one: Capacity, { base, rank }: Claim, round: Round): number => {
  const { free, highest } = round;
  const { session } = one;
  const slots = (free.get(session) ?? 0) + (one.displaces?.(rank) ?? 0);
  if (slots <= 0 || base >= URGENT) return slots;
  const loaded = loadedIn(round, one);
  if (loaded === undefined) return slots;
  const busy = loaded.busy + one.free - slots;
  const now = { busy, highest: higher(loaded.highest, highest.get(session)) };
  if (!loadAdmission(base, loaded.limits, now).admits) return 0;
  return Math.min(slots, Math.max(1, loaded.limits.recommended - busy));
};

const loadedIn = ({ loaded }: Round, one: Capacity): LoadedWorker | undefined => {
  if (!loaded.has(one.session)) loaded.set(one.session, one.loaded);
  return loaded.get(one.session);
};

const higher = (a: BandRank | undefined, b: BandRank | undefined): BandRank | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

const roomiest = (sessions: readonly Capacity[], claim: Claim, round: Round): string | undefined => {
  let best: string | undefined;
  let bestFree = 0;
  for (const one of sessions) {
    const slots = slotsFor(one, claim, round);
    const isFirst = best !== undefined && one.session < best;
    if (slots > bestFree || (slots === bestFree && slots > 0 && isFirst))
      [best, bestFree] = [one.session, slots];
  }
  return best;
};
