import { defined, sequenceText } from '@precedent/kernel';
import type { AttemptView, DecisionView, OperationView } from '@precedent/contract-types';
import type { HistoryEventsQuery } from '@precedent/ports';
import type { Columns } from './entry-columns.ts';
import { OPERATIONS_PER_ENTRY, opOf } from './operation-keys.ts';
import { readCursor, cursorText } from './list-cursor.ts';
import type { Statements } from './statements.ts';

const orNone = (value: unknown): unknown => (value === null ? undefined : value);

/** The leases of one task, the first one first. */
export const attemptsOf = (statements: Statements, id: string): AttemptView[] => {
  const sql = 'SELECT * FROM attempts WHERE row = (SELECT row FROM tasks WHERE id = ?) ORDER BY epoch';
  return statements.of(sql).all(id).map(attemptOf);
};

const attemptOf = (columns: Columns): AttemptView =>
  defined({
    epoch: Number(columns['epoch']),
    attempt: Number(columns['attempt']),
    worker: String(columns['worker']),
    startedAt: Number(columns['started_at']),
    endedAt: columns['ended_at'] === null ? undefined : Number(columns['ended_at']),
    outcome: orNone(columns['outcome']) as AttemptView['outcome'],
    end: orNone(columns['victim_end']) as AttemptView['end'],
    error:
      typeof columns['error'] === 'string'
        ? (JSON.parse(columns['error']) as AttemptView['error'])
        : undefined,
  });

interface OperationPage {
  readonly operations: readonly OperationView[];
  readonly cursor?: string;
}

const OPERATIONS =
  'SELECT op, at, event, note, (SELECT id FROM tasks WHERE tasks.row = operations.row) AS task';

/** Of one task, or after a sequence, in order; otherwise the latest first. */
export const operationsOf = (statements: Statements, query: HistoryEventsQuery): OperationPage => {
  const { limit } = query;
  const place = query.cursor === undefined ? undefined : readCursor(query.cursor).row;
  const rows = rowsOf(statements, query, place);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    operations: page.map(operationOf),
    ...(more && { cursor: cursorText({ at: Number(last['at']), row: Number(last['op']) }) }),
  };
};

const rowsOf = (statements: Statements, query: HistoryEventsQuery, place: number | undefined): Columns[] => {
  const { task, after } = query;
  const from = place ?? (after === undefined ? undefined : opOf(after));
  if (task !== undefined) return ofTask(statements, query, task, from);
  return after === undefined ? latest(statements, query, place) : following(statements, query, from);
};

const following = (
  statements: Statements,
  { since = 0, until = Number.MAX_SAFE_INTEGER, limit }: HistoryEventsQuery,
  place = 0,
): Columns[] => {
  const sql = `${OPERATIONS} FROM operations WHERE op > ? AND at >= ? AND at < ? ORDER BY op LIMIT ?`;
  return statements.of(sql).all(place, since, until, limit + 1);
};

const ofTask = (
  statements: Statements,
  { since = 0, until = Number.MAX_SAFE_INTEGER, limit }: HistoryEventsQuery,
  task: string,
  place = 0,
): Columns[] => {
  const sql = `${OPERATIONS} FROM operations WHERE row = (SELECT row FROM tasks WHERE id = ?)
    AND op > ? AND at >= ? AND at < ? ORDER BY op LIMIT ?`;
  return statements.of(sql).all(task, place, since, until, limit + 1);
};

const latest = (
  statements: Statements,
  { since = 0, until, limit }: HistoryEventsQuery,
  place = Number.MAX_SAFE_INTEGER,
): Columns[] => {
  const end = until === undefined ? place : Math.min(place, firstAt(statements, until));
  const begin = since > 0 ? firstAt(statements, since) : 0;
  const sql = `${OPERATIONS} FROM operations WHERE op >= ? AND op < ? ORDER BY op DESC LIMIT ?`;
  return statements.of(sql).all(begin, end, limit + 1);
};

/** The place of the first operation at or after a time. Times rise with the places, so it takes a few looks and no index. */
export const firstAt = (statements: Statements, at: number): number => {
  const bounds = statements.of('SELECT min(op) AS low, max(op) AS high FROM operations').get();
  let low = Number(bounds?.['low'] ?? 0);
  let high = Number(bounds?.['high'] ?? 0) + 1;
  const next = statements.of('SELECT op, at FROM operations WHERE op >= ? ORDER BY op LIMIT 1');
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = next.get(middle);
    if (found === undefined || Number(found['at']) >= at) high = middle;
    else low = Number(found['op']) + 1;
  }
  return low;
};

const operationOf = (columns: Columns): OperationView => {
  const op = Number(columns['op']);
  const [seq, index] = [Math.floor(op / OPERATIONS_PER_ENTRY), op % OPERATIONS_PER_ENTRY];
  return defined({
    seq,
    index,
    sequence: sequenceText(seq, index),
    at: Number(columns['at']),
    task: orNone(columns['task']) as string | undefined,
    event: String(columns['event']),
    note: orNone(columns['note']) as string | undefined,
  });
};

/** The latest first. */
export const decisionsOf = (
  statements: Statements,
  { task, limit }: { readonly task?: string | undefined; readonly limit: number },
): DecisionView[] => {
  const rows =
    task === undefined
      ? statements.of('SELECT * FROM decisions ORDER BY at DESC, rowid DESC LIMIT ?').all(limit)
      : statements
          .of(
            `SELECT decisions.* FROM parties JOIN decisions ON decisions.id = parties.decision
             WHERE parties.task = ? ORDER BY parties.at DESC, decisions.rowid DESC LIMIT ?`,
          )
          .all(task, limit);
  return rows.map(decisionOf);
};

const decisionOf = (columns: Columns): DecisionView => {
  const [id, at, task] = [String(columns['id']), Number(columns['at']), String(columns['task'])];
  return {
    id,
    at,
    task,
    outcome: String(columns['outcome']),
    victims: victimsIn(columns['record']),
    explanation: String(columns['explanation']),
    record: JSON.parse(String(columns['record'])),
  };
};

/** The victims as the record names them. */
const victimsIn = (text: unknown): string[] => {
  const record = JSON.parse(String(text)) as { decision?: { victims?: readonly { id?: string }[] } } | null;
  return (record?.decision?.victims ?? []).flatMap(({ id }) => (id === undefined ? [] : [id]));
};
