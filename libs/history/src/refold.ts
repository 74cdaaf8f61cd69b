import type { HistoryStore, LogEntry } from '@precedent/ports';
import { NOTHING } from './follow.ts';
import { Projection } from './projection.ts';
import type { Defaults } from './projection.ts';

export interface RefoldOptions {
  /** Empty. */
  readonly store: HistoryStore;
  /** In order; sequences between them that are missing hold nothing. */
  readonly entries: AsyncIterable<LogEntry>;
  /** The last sequence that is folded. */
  readonly upTo: number;
  readonly defaults: Defaults;
}

/** Records in one transaction, about. */
const RECORDS_MAX = 2_000;

/** Folds entries again as the history did. Resolves to when the first of them was written; `undefined` when there was none. */
export const refold = async (options: RefoldOptions): Promise<number | undefined> => {
  const { store, entries, upTo, defaults } = options;
  let projection: Projection | undefined;
  let firstAt: number | undefined;
  for await (const entry of entries) {
    if (entry.seq > upTo) break;
    firstAt ??= entry.at;
    projection ??= projectionBefore(entry, store, defaults);
    foldUpTo(projection, entry);
    if (projection.pending >= RECORDS_MAX) store.apply(projection.take());
  }
  if (projection) store.apply(projection.take());
  return firstAt;
};

const projectionBefore = ({ seq, at }: LogEntry, store: HistoryStore, defaults: Defaults): Projection => {
  store.apply({ ...NOTHING, position: { seq: seq - 1, epoch: 0, at } });
  return new Projection(store, defaults);
};

const foldUpTo = (projection: Projection, entry: LogEntry): void => {
  for (let seq = projection.position.seq + 1; seq < entry.seq; seq++)
    projection.fold({ seq, at: entry.at, text: '', isVoid: true });
  projection.fold(entry);
};
