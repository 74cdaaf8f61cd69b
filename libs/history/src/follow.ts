import { sleep } from '@precedent/kernel';
import { setAside, wakeBy } from '@precedent/ports';
import type { Clock, HistoryPosition, HistoryStore, JournalReader, LogEntry } from '@precedent/ports';
import { Projection } from './projection.ts';
import type { Defaults } from './projection.ts';
import { isPermanent } from './set-aside.ts';

export interface FollowOptions {
  readonly reader: JournalReader;
  readonly store: HistoryStore;
  readonly defaults: Defaults;
  readonly clock: Pick<Clock, 'now' | 'wakeAt' | 'defer'>;
  /** Called before a deleted task is removed from the store; called again for it when the process ends in between. */
  readonly removeLogs?: ((task: string) => Promise<void>) | undefined;
  readonly onStored: (position: HistoryPosition) => void;
  /** Whether requests wait between two steps: then the steps are short. */
  readonly isQueried: () => boolean;
  /** Called after every step; once it returns `true`, nothing more is changed. */
  readonly isOver: () => boolean;
}

/** Entries read at a time. */
const ENTRIES_MAX = 512;
/** Records in one transaction, about: some 20 ms in which nothing else is answered. */
const RECORDS_MAX = 2_000;
const RECORDS_MAX_QUERIED = 500;
/** Outputs that are removed at the same time: one after the other takes seconds for some thousand deletions. */
const REMOVED_AT_ONCE = 100;
/** Between two transactions, at least, so that a steady trickle does not become one transaction each. Milliseconds. */
const TRANSACTION_GAP_MS = 25;

/**
 * Stores what the journal says, from the store's position on, until it is over or something fails. What cannot be folded or stored, however
 * often it is tried, is set aside.
 */
export const follow = async (options: FollowOptions): Promise<void> => {
  const { reader, store, defaults, clock, isOver } = options;
  let projection = new Projection(store, defaults);
  for await (const batch of reader.batches(projection.position.seq, ENTRIES_MAX)) {
    const begunAt = clock.now();
    try {
      await takeAll(projection, batch, options);
    } catch (error) {
      if (!isPermanent(error)) throw error;
      projection = await takeEach(batch, options);
    }
    if (isOver()) return;
    const leftMs = begunAt + TRANSACTION_GAP_MS - clock.now();
    if (batch.length < ENTRIES_MAX && leftMs > 0) await sleep(leftMs, undefined, wakeBy(clock));
  }
};

const takeAll = async (
  projection: Projection,
  batch: readonly LogEntry[],
  options: FollowOptions,
): Promise<void> => {
  for (const entry of batch) {
    if (options.isOver()) return;
    projection.fold(entry);
    if (projection.pending < (options.isQueried() ? RECORDS_MAX_QUERIED : RECORDS_MAX)) continue;
    await storeChanges(projection, options);
    await turn(options.clock);
  }
  if (!options.isOver()) await storeChanges(projection, options);
};

/** One entry at a time, so that only what the store refuses is missing. Returns a projection that is as far as the store. */
const takeEach = async (batch: readonly LogEntry[], options: FollowOptions): Promise<Projection> => {
  const { store, defaults, isOver } = options;
  let projection = new Projection(store, defaults);
  for (const entry of batch) {
    if (isOver()) return projection;
    try {
      projection.fold(entry);
      await storeChanges(projection, options);
    } catch (error) {
      if (!isPermanent(error)) throw error;
      const { seq, at } = entry;
      const { epoch } = store.position();
      store.apply({
        ...NOTHING,
        position: { seq, epoch, at },
        aside: [setAside({ seq, subject: `entry ${seq}`, error })],
      });
      // What the refused one holds in memory is ahead of the store.
      projection = new Projection(store, defaults);
    }
  }
  return projection;
};

/** Changes that change nothing but the position. */
export const NOTHING = { removed: [], added: [], changed: [], attempts: [], operations: [], decisions: [] };

const storeChanges = async (projection: Projection, options: FollowOptions): Promise<void> => {
  const { store, removeLogs, onStored, isOver } = options;
  const changes = projection.take();
  for (let at = 0; at < changes.removed.length; at += REMOVED_AT_ONCE)
    await Promise.all(changes.removed.slice(at, at + REMOVED_AT_ONCE).map(async (id) => removeLogs?.(id)));
  if (isOver()) return;
  store.apply(changes);
  onStored(projection.position);
};

/** Lets requests be answered. */
export const turn = (clock: Pick<Clock, 'defer'>): Promise<void> =>
  new Promise((resolve) => clock.defer(resolve));
