import { sha256 } from '@precedent/ports';
import type { AppendLog, TaskEntry } from '@precedent/ports';
import { SnapshotScan, decodeRow, isSettled, publicStateOf } from '@precedent/tasks';
import type { DeletedTask, SnapshotEntry, TaskRow } from '@precedent/tasks';
import { leanOf } from './lean.ts';

/** Some tasks of a snapshot, as of one journal sequence; or some that had been deleted before. */
export interface SnapshotRows {
  readonly asOf: number;
  readonly entries: readonly TaskEntry[];
  readonly deleted: readonly DeletedTask[];
}

/** The open and the recently settled tasks of the engine's latest snapshot that is complete and can be read; nothing when there is none. */
export async function* snapshotRows(log: Pick<AppendLog, 'read'>): AsyncGenerator<SnapshotRows> {
  const begin = await latestComplete(log);
  if (begin === undefined) return;
  const scan = new SnapshotScan(sha256);
  for await (const each of log.read(begin - 1)) {
    const entry = scan.take(each);
    if (entry?.kind === 'end') return;
    if (entry?.kind === 'rows') yield { asOf: entry.asOf, entries: entriesIn(entry), deleted: [] };
    if (entry?.kind === 'deleted') yield { asOf: 0, entries: [], deleted: entry.tasks };
  }
}

/** Where it begins. */
const latestComplete = async (log: Pick<AppendLog, 'read'>): Promise<number | undefined> => {
  let [begin, complete]: (number | undefined)[] = [];
  const scan = new SnapshotScan(sha256);
  for await (const each of log.read(0)) {
    const kind = scan.take(each)?.kind;
    if (kind === 'begin') begin = each.seq;
    if (kind === 'end') complete = begin;
  }
  return complete;
};

const entriesIn = (entry: Extract<SnapshotEntry, { kind: 'rows' }>): TaskEntry[] =>
  entry.rows.flatMap((tuple) => {
    const taskClass = entry.classes[tuple[1]];
    if (taskClass === undefined) return [];
    const { name, command, body } = leanOf(JSON.stringify(tuple[2]));
    const row = Object.assign(decodeRow(tuple, taskClass), { body });
    return { row, name, command, state: publicStateOf(row), ...timesOf(row), asOf: entry.asOf };
  });

/** A snapshot knows only the last lease. */
const timesOf = ({ run, state, durable }: TaskRow): Pick<TaskEntry, 'firstStartedAt' | 'ranMs'> => {
  const { startedAt = 0, settledAt = 0 } = run;
  const last = isSettled(state) && startedAt > 0 ? Math.max(0, settledAt - startedAt) : 0;
  return { firstStartedAt: startedAt, ranMs: durable.ranMs + last };
};
