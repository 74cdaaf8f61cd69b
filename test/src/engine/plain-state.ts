import { BANDS } from '@precedent/kernel';
import type { CellState } from '@precedent/engine';
import type { TaskRow } from '@precedent/tasks';

/** Everything that a journal rebuilds, as plain values that can be compared field by field. */
export interface PlainState {
  readonly rows: readonly unknown[];
  readonly use: Readonly<Record<string, unknown>>;
  readonly open: number;
  readonly keys: readonly unknown[];
  readonly settledIds: readonly string[];
  /** With namespace and time. */
  readonly deleted: readonly unknown[];
  readonly definitions: readonly unknown[];
  /** When they were settled, the latest first. */
  readonly recent: readonly (number | undefined)[];
}

export const plainState = ({ table, keys, deleted, definitions }: CellState): PlainState => ({
  rows: [...table.rows.values()].map(plain).toSorted(byId),
  use: Object.fromEntries(BANDS.map((band) => [band, { ...table.countsOf(band) }])),
  open: table.open,
  keys: [...keys.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  settledIds: [...table.settledIds()].toSorted(),
  deleted: [...deleted.all()].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  definitions: [...definitions.all()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  recent: [...table.recent()].map(({ run }) => run.settledAt),
});

/** Without the places in timers and queues, which are not state, and as JSON sees it: what is absent and what is undefined are one. */
const plain = (row: TaskRow): { id: string } => {
  const { timerTick: _, timerIndex: __, queue: ___, ...fields } = row;
  return JSON.parse(JSON.stringify({ ...fields, body: JSON.parse(row.body) }));
};

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
