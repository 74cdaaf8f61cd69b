import type { Clock, HistoryPosition, HistoryStore, JournalReader } from '@precedent/ports';
import { Projection } from './projection.ts';
import type { Defaults } from './projection.ts';

export interface FollowTerms {
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

/** Keeps what the journal says, from the store's position on, until it is over or something fails. */
export const follow = async (terms: FollowTerms): Promise<void> => {
  const { reader, store, defaults, clock, isOver } = terms;
  const projection = new Projection(store, defaults);
  for await (const batch of reader.batches(projection.position.seq, ENTRIES_MAX)) {
    const begunAt = clock.now();
    for (const entry of batch) {
      if (isOver()) return;
      projection.fold(entry);
      if (projection.pending < RECORDS_MAX) continue;
      await keep(projection, terms);
      await turn(clock);
    }
    if (isOver()) return;
    await keep(projection, terms);
    if (isOver()) return;
    if (batch.length < ENTRIES_MAX) await until(clock, begunAt + PACE_MS);
  }
};

const keep = async (projection: Projection, terms: FollowTerms): Promise<void> => {
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

const until = (clock: Pick<Clock, 'now' | 'wakeAt'>, at: number): Promise<void> =>
  clock.now() >= at ? Promise.resolve() : new Promise((resolve) => void clock.wakeAt(at, resolve));
