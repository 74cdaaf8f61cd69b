import { AppError } from '@precedent/kernel';
import type { EpochMs, SeededRandom } from '@precedent/kernel';
import { MemoryStorage, memoryJournalReader, memoryLog, memoryVectorIndex } from '@precedent/memory';
import type { Embedder, JournalReader, VectorIndex } from '@precedent/ports';
import {
  BufferedIndexState,
  CollectionSet,
  INDEXED_FIELDS,
  Indexer,
  collectionNames,
} from '@precedent/semantic';
import type { IndexerOptions } from '@precedent/semantic';
import type { sqliteIndexState } from '@precedent/sqlite';
import type { JournalRecord } from '@precedent/tasks';
import { CLASS, entryOf } from './journal-entries.ts';

export const COLLECTION = 'test';

/** A vector of the letters of a text: equal texts have equal vectors, which suffices here. */
export const letters: Embedder = {
  model: { name: 'letters', dimensions: 4 },
  embed: (texts) =>
    Promise.resolve(
      texts.map((text) => {
        const vector = new Float32Array(4);
        for (let at = 0; at < text.length; at++) vector[at % 4] = (vector[at % 4] ?? 0) + text.charCodeAt(at);
        const length = Math.hypot(...vector);
        return vector.map((value) => value / length);
      }),
    ),
  close: () => Promise.resolve(),
};

/** An index that fails at random, before or after a change. */
export const faulty = (index: VectorIndex, draws: () => number, rate: number): VectorIndex => {
  const maybe = async (change: () => Promise<void>): Promise<void> => {
    if (draws() < rate / 2) throw new AppError('VECTORS_UNAVAILABLE', 'away');
    await change();
    if (draws() < rate / 2) throw new AppError('VECTORS_UNAVAILABLE', 'no answer');
  };
  return {
    ...index,
    upsert: (collection, points) => maybe(() => index.upsert(collection, points)),
    remove: (collection, filter) => maybe(() => index.remove(collection, filter)),
  };
};

/** A clock without waiting. */
export const clock = {
  now: () => 0,
  wakeAt: (_: number, run: () => void) => {
    setImmediate(run);
    return () => undefined;
  },
  defer: (run: () => void) => void setImmediate(run),
};

/** The records of a task that runs once, and fails or is completed. */
const life = (id: string, at: EpochMs, body: unknown, fails: boolean): JournalRecord[] => [
  { kind: 'submitted', id, at, class: CLASS, body: JSON.stringify(body) },
  { kind: 'leased', id, at: at + 1, worker: 'w', session: 's', epoch: 1 },
  fails
    ? {
        kind: 'settled',
        id,
        at: at + 2,
        state: 'failed',
        error: { code: 'HANDLER_FAILED', message: 'no luck' },
      }
    : { kind: 'settled', id, at: at + 2, state: 'completed' },
];

export const lifeOf = (n: number): readonly JournalRecord[] =>
  life(`task-${n}`, n, { name: `job ${n % 7}`, command: 'run' }, n % 3 === 0);

export const TASKS = 40;
export const isDeleted = (n: number): boolean => n % 4 === 1;

/** Every fourth task is deleted some time after its end; deletions in another namespace have no effect. */
export const deletionsAt = (n: number): readonly JournalRecord[] => {
  const old = n - 6;
  const deleted = (namespace: string): JournalRecord => ({
    kind: 'deleted',
    id: `task-${old}`,
    at: n,
    namespace,
  });
  if (old < 0) return [];
  return [...(isDeleted(old) ? [deleted('default')] : []), ...(old % 4 === 2 ? [deleted('other')] : [])];
};

/** A journal of TASKS tasks, with so many records an entry. */
export const journalOf = async (
  perEntry: number,
  more: (n: number) => readonly JournalRecord[] = () => [],
): Promise<MemoryStorage> => {
  const storage = new MemoryStorage();
  const log = memoryLog({ storage });
  const records = Array.from({ length: TASKS }, (_, n) => [...lifeOf(n), ...more(n)]).flat();
  for (let from = 0; from < records.length; from += perEntry) {
    await log.append(entryOf(records.slice(from, from + perEntry), from), await log.last());
  }
  return storage;
};

export const collectionOf = async (): Promise<VectorIndex> => {
  const index = memoryVectorIndex();
  await index.ensure({ name: COLLECTION, dimensions: 4, indexed: INDEXED_FIELDS });
  return index;
};

/** A set with one collection only. */
export const collectionSetOn = (index: VectorIndex): CollectionSet =>
  new CollectionSet(index, collectionNames(), {
    active: { collection: COLLECTION, dimensions: 4, model: { documents: letters, queries: letters } },
    hasUnembedded: false,
  });

export const allOf = async (index: VectorIndex): Promise<string[]> => {
  const { points } = await index.scroll(COLLECTION, { namespace: 'default' }, { limit: 10_000 });
  return points.map(({ id, payload }) => `${id} ${JSON.stringify(payload)}`).toSorted();
};

export interface ReadLimits extends Pick<IndexerOptions, 'successes' | 'openMax'> {
  /** Changes of the index until the crash. */
  readonly changes: number;
  /** Entries that are read together; as many as the indexer wants by default. */
  readonly entries?: number;
  /** Turns of the event loop until what the state has taken is written; 0 by default. */
  readonly writeTurns?: number;
}

/** Indexes until the end of the journal, or until so many changes were made; then it stops, as after a crash. */
export const readUntil = async (
  storage: MemoryStorage,
  index: VectorIndex,
  file: ReturnType<typeof sqliteIndexState>,
  { changes, entries, writeTurns = 0, ...limits }: ReadLimits,
): Promise<boolean> => {
  const crashed = Promise.withResolvers<boolean>();
  let made = 0;
  const counted = (change: () => Promise<void>): Promise<void> => {
    if (++made <= changes) return change();
    crashed.resolve(false);
    return new Promise<never>(() => undefined);
  };
  const counting: VectorIndex = {
    ...index,
    upsert: (collection, points) => counted(() => index.upsert(collection, points)),
    remove: (collection, filter) => counted(() => index.remove(collection, filter)),
  };
  const reader = memoryJournalReader(storage, 'vectorizer');
  const writing = turnClock(writeTurns);
  const onDurable = (seq: number): void => void reader.passed(seq);
  const state = new BufferedIndexState(file, { clock: writing.clock, onDurable });
  const done = Promise.withResolvers<boolean>();
  const indexer = new Indexer({
    reader: growing(storage, { ...reader, batches: (after, max) => reader.batches(after, entries ?? max) }),
    state,
    collections: collectionSetOn(counting),
    clock,
    ...limits,
    onIndexed: () => void (state.journal === storage.last && done.resolve(true)),
  });
  void indexer.run();
  const isDone = state.journal === storage.last ? true : await Promise.race([crashed.promise, done.promise]);
  writing.end(isDone);
  await indexer.stop();
  return isDone;
};

/** The last entry that any reader of a journal has read. */
const lastRead = new WeakMap<MemoryStorage, number>();

/** A reader of a journal whose other entries seem to be appended later. */
const growing = (storage: MemoryStorage, reader: JournalReader): JournalReader => ({
  ...reader,
  last: () => Promise.resolve(lastRead.get(storage) ?? 0),
  async *batches(after, max) {
    for await (const entries of reader.batches(after, max)) {
      lastRead.set(storage, Math.max(lastRead.get(storage) ?? 0, entries.at(-1)?.seq ?? 0));
      yield entries;
    }
  },
});

/** A clock whose wakes come after so many turns. After its end none comes; with `now` those that are left come at once. */
const turnClock = (turns: number) => {
  let due: (() => void) | undefined;
  const countDown = (left: number): void => {
    if (left === 0) due?.();
    else setImmediate(countDown, left - 1);
  };
  const end = (now: boolean): void => {
    if (now) due?.();
    due = undefined;
  };
  const wakeAt = (_: number, run: () => void): (() => void) => {
    due = run;
    setImmediate(countDown, turns);
    return () => undefined;
  };
  return { clock: { now: () => 0, wakeAt }, end };
};

/** An index that throws when a document of a task is written after the points of that task were deleted. */
export const noReturn = (index: VectorIndex): VectorIndex => {
  const gone = new Set<unknown>();
  return {
    ...index,
    upsert: (collection, points) => {
      const back = points.find(({ payload }) => gone.has(payload['task']));
      if (back) throw new Error(`${String(back.payload['task'])} is back`);
      return index.upsert(collection, points);
    },
    remove: async (collection, filter) => {
      await index.remove(collection, filter);
      const { task } = filter.fields ?? {};
      if (filter.not?.['kind'] === 'resolution') gone.add(task);
    },
  };
};

/** The lives of TASKS tasks of one spec, interleaved at random, a few of them deleted after their end; so many records an entry. */
export const tangledJournal = async (random: SeededRandom, perEntry: number): Promise<MemoryStorage> => {
  const openMax = random.int(1, 6);
  const deletedAt = random.int(0, TASKS);
  const lives = Array.from({ length: TASKS }, (_, n) => tangledLife(n, n % 17 === deletedAt % 17));
  const records: JournalRecord[] = [];
  for (let left = lives; left.length > 0; left = left.filter(({ length }) => length > 0))
    records.push(...random.pick(left.slice(0, openMax)).splice(0, 1));
  const storage = new MemoryStorage();
  const log = memoryLog({ storage });
  for (let from = 0; from < records.length; from += perEntry)
    await log.append(entryOf(records.slice(from, from + perEntry), from), await log.last());
  return storage;
};

const tangledLife = (n: number, isGone: boolean): JournalRecord[] => {
  const id = `task-${n}`;
  const records = life(id, n, { name: 'same' }, n % 11 === 8);
  return isGone ? [...records, { kind: 'deleted', id, at: n + 3, namespace: 'default' }] : records;
};

/** Tasks of one spec; those that are called `bad` fail. */
export const sameSpec = (ids: readonly string[]): JournalRecord[] =>
  ids.flatMap((id, n) => life(id, n, { name: 'same' }, id.startsWith('bad')));
