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
  /** Called before a task that was deleted is taken out: whoever is cut short there does it again. */
  readonly removeLogs?: ((task: string) => Promise<void>) | undefined;
  readonly onKept: (position: HistoryPosition) => void;
  /** Asked after every step; then nothing more is touched. */
  readonly isOver: () => boolean;
}

/** Entries read at a time. */
const ENTRIES_MAX = 512;
/** Records in one transaction, about: some 20 ms in which nothing else is answered. */
const RECORDS_MAX = 2_000;
/** Between two transactions, at least, so that a steady trickle does not become one transaction each. Milliseconds. */
const PACE_MS = 25;

/**
 * Keeps what the journal says, from the store's position on, until it is over or something fails. What cannot be folded or stored, however
 * often it is tried, is set aside.
 */
export const follow = async (terms: FollowOptions): Promise<void> => {
  const { reader, store, defaults, clock, isOver } = terms;
  let projection = new Projection(store, defaults);
  for await (const batch of reader.batches(projection.position.seq, ENTRIES_MAX)) {
    const begunAt = clock.now();
    try {
      await takeAll(projection, batch, terms);
    } catch (error) {
      if (!isPermanent(error)) throw error;
      projection = await takeEach(batch, terms);
    }
    if (isOver()) return;
    const leftMs = begunAt + PACE_MS - clock.now();
    if (batch.length < ENTRIES_MAX && leftMs > 0) await sleep(leftMs, undefined, wakeBy(clock));
  }
};

const takeAll = async (
  projection: Projection,
  batch: readonly LogEntry[],
  terms: FollowOptions,
): Promise<void> => {
  for (const entry of batch) {
    if (terms.isOver()) return;
    projection.fold(entry);
    if (projection.pending < RECORDS_MAX) continue;
    await keep(projection, terms);
    await turn(terms.clock);
  }
  if (!terms.isOver()) await keep(projection, terms);
};

/** One entry at a time, so that only what the store refuses is missing. Returns a projection that is as far as the store. */
const takeEach = async (batch: readonly LogEntry[], terms: FollowOptions): Promise<Projection> => {
  const { store, defaults, isOver } = terms;
  let projection = new Projection(store, defaults);
  for (const entry of batch) {
    if (isOver()) return projection;
    try {
      projection.fold(entry);
      await keep(projection, terms);
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

const keep = async (projection: Projection, terms: FollowOptions): Promise<void> => {
  const { store, removeLogs, onKept, isOver } = terms;
  const changes = projection.take();
  for (const id of changes.removed) await removeLogs?.(id);
  if (isOver()) return;
  store.apply(changes);
  onKept(projection.position);
};

/** Lets requests be answered. */
export const turn = (clock: Pick<Clock, 'defer'>): Promise<void> =>
  new Promise((resolve) => clock.defer(resolve));
