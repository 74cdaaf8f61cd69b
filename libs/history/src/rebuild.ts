import { isAppError } from '@precedent/kernel';
import type { Clock, HistoryBuild, HistoryStore, JournalReader, TaskEntry } from '@precedent/ports';
import type { DeletedTask } from '@precedent/tasks';
import { NOTHING, follow, turn } from './follow.ts';
import type { FollowOptions } from './follow.ts';
import type { Defaults } from './projection.ts';
import type { SnapshotRows } from './snapshot-rows.ts';

export interface RebuildOptions {
  readonly build: HistoryBuild;
  /** The one that answers meanwhile. */
  readonly current: HistoryStore;
  readonly reader: JournalReader;
  readonly snapshot: () => AsyncIterable<SnapshotRows>;
  readonly defaults: Defaults;
  readonly clock: Clock;
  readonly isStopped: () => boolean;
}

/** What a rebuild took from where. */
export interface Rebuilt {
  /** Tasks of the history before that the journal does not begin. */
  readonly carried: number;
  /** Tasks of the engine's snapshot. */
  readonly fromSnapshot: number;
  /** Tasks whose verdict was purged before it was read. */
  readonly lost: number;
  /** Journal entries read. */
  readonly entries: number;
}

const CARRIED_AT_ONCE = 1_000;
/** The clocks of engine and server may differ by so much; what is carried in vain is replaced from the journal. */
const SKEW_MS = 60_000;
/** The last moment that a date can have. */
const FAR = 8_640_000_000_000_000;

/**
 * Builds a history from all sources, the one with fewer facts first: tasks older than the journal from the history before, then
 * the engine's snapshot where there is a gap between the two, then the journal. Returns when the new one is as far as the one that answers.
 */
export const rebuild = async (options: RebuildOptions): Promise<Rebuilt> => {
  const { build, current, isStopped } = options;
  const { first, at, last } = await beginning(options.reader);
  const before = current.position();
  // The server's data was replaced: what is kept of the journal before is over, whatever it says.
  const isOther = before.seq > last;
  const hasGap = first > 1 && before.seq < first - 1;
  const carried = await carry(options, isOther ? FAR : at + SKEW_MS);
  const position = { seq: first - 1, epoch: 0, at: before.at };
  build.store.apply({ ...NOTHING, position, wholeFrom: hasGap || isOther ? first : undefined });
  const fromSnapshot = hasGap || isOther ? await overlay(options) : 0;
  const lost = isOther || (hasGap && before.seq > 0) ? build.dropUnknown(isOther ? FAR : first - 1) : 0;
  const isOver = (): boolean =>
    isStopped() || build.store.position().seq >= Math.min(last, current.position().seq);
  if (!isOver()) await follow({ ...followOptions(options), isOver });
  return { carried, fromSnapshot, lost, entries: build.store.position().seq - first + 1 };
};

const followOptions = ({
  reader,
  build,
  defaults,
  clock,
}: RebuildOptions): Omit<FollowOptions, 'isOver'> => ({
  reader,
  store: build.store,
  defaults,
  clock,
  isQueried: () => false,
  onStored: () => undefined,
});

interface Beginning {
  /** The first entry that the journal still has, and when it was written. */
  readonly first: number;
  readonly at: number;
  readonly last: number;
}

const beginning = async (reader: JournalReader): Promise<Beginning> => {
  const last = await reader.last();
  if (last === 0) return { first: 1, at: FAR - SKEW_MS, last };
  const after = await beforeFirst(reader);
  // All of it may be purged; then nothing is behind the last one.
  if (after < last) {
    for await (const [entry] of reader.batches(after, 1))
      if (entry) return { first: entry.seq, at: entry.at, last };
  }
  return { first: last + 1, at: FAR - SKEW_MS, last };
};

/** The sequence before the first entry of the journal: the reader reports it when it refuses to begin at 0. */
const beforeFirst = async (reader: JournalReader): Promise<number> => {
  try {
    for await (const _ of reader.batches(0, 1)) break;
    return 0;
  } catch (error) {
    const first =
      isAppError(error) && error.code === 'JOURNAL_GAP' ? error.extras.details?.['first'] : undefined;
    if (typeof first !== 'number') throw error;
    return first - 1;
  }
};

const carry = async ({ build, clock, isStopped }: RebuildOptions, before: number): Promise<number> => {
  let after: number | undefined = 0;
  while (after !== undefined && !isStopped()) {
    after = build.carry(before, after, CARRIED_AT_ONCE);
    await turn(clock);
  }
  return build.store.counts().tasks;
};

const overlay = async ({ build: { store }, snapshot, isStopped }: RebuildOptions): Promise<number> => {
  let count = 0;
  for await (const { asOf, entries, deleted } of snapshot()) {
    if (isStopped()) break;
    const added: TaskEntry[] = [];
    const changed: TaskEntry[] = [];
    for (const entry of entries) {
      const known = store.load(entry.row.id);
      if (known === undefined) added.push(entry);
      else if (known.asOf < asOf) changed.push(updated(known, entry));
    }
    const removed = deleted.flatMap((task) => (isDeleted(store, task) ? [task[0]] : []));
    store.apply({ ...NOTHING, removed, added, changed, position: store.position() });
    count += added.length + changed.length;
  }
  return count;
};

/** The history before may have missed it. */
const isDeleted = (store: HistoryStore, [id, namespace, at]: DeletedTask): boolean => {
  const row = store.load(id)?.row;
  return row?.class.namespace === namespace && row.submittedAt <= at;
};

/** The snapshot knows more of the state, the history before more of what led to it. */
const updated = (known: TaskEntry, { row, state, asOf, ranMs }: TaskEntry): TaskEntry => {
  Object.assign(known.row, { state: row.state, progress: row.progress });
  return Object.assign(known, { state, asOf, ranMs: Math.max(known.ranMs, ranMs) });
};
