import { isVerdict } from '@precedent/contract-types';
import type { JournalledEvent, TaskEventName } from '@precedent/contract-types';
import { defined, sequenceText } from '@precedent/kernel';
import type { Announced, HistoryFeed, HistoryFeedQuery } from '@precedent/ports';
import { taskTitleOf } from '@precedent/tasks';
import { lastErrorOf } from './entry-columns.ts';
import type { Columns } from './entry-columns.ts';
import { allOf, clause, kindsClause, oneOf } from './filter-clauses.ts';
import type { Clause } from './filter-clauses.ts';
import { OPERATIONS_PER_ENTRY, opOf, sequenceOf } from './operation-keys.ts';
import type { Statements } from './statements.ts';

/** Operations that one query looks at, at most. */
const SCANNED_MAX = 10_000;
/** Results in one answer, about. Bytes of JSON. */
const RESULT_BYTES_MAX = 384 * 1024;

/** The column `feed`. */
export const feedText = ({ event, epoch, attempt, retries, dueAt }: Announced): string =>
  `${event} ${epoch} ${attempt} ${retries} ${dueAt ?? ''}`;

type FeedColumn = Omit<Announced, 'class'>;

const readFeed = (text: string): FeedColumn => {
  const [event = '', epoch, attempt, retries, dueAt = ''] = text.split(' ');
  return {
    event: event as TaskEventName,
    epoch: Number(epoch),
    attempt: Number(attempt),
    retries: Number(retries),
    dueAt: dueAt === '' ? undefined : Number(dueAt),
  };
};

const EVENTS = `SELECT op, at, note, feed, operations.row AS row, coalesce(tasks.id, note) AS id, tasks.name AS name, tasks.command AS command,
  tasks.body AS body, tasks.fold AS fold, tasks.result AS result, kinds.namespace AS namespace, kinds.project AS project, kinds.type AS type,
  kinds.band AS band, kinds.security AS security
  FROM operations CROSS JOIN kinds ON kinds.kind = operations.kind LEFT JOIN tasks ON tasks.row = operations.row`;

/** Events in the order of the journal, behind a sequence. What is not whole any more is a gap. */
export const feedOf = (statements: Statements, query: HistoryFeedQuery): HistoryFeed => {
  const place = statements.of('SELECT seq, whole_from FROM place').get();
  const wholeFrom = Number(place?.['whole_from']);
  const hasGap = opOf(query.after) < wholeFrom - 1 && !isWholeTask(statements, query.task);
  const after = hasGap ? wholeFrom - 1 : opOf(query.after);
  const bound = query.task === undefined ? boundAfter(statements, after) : undefined;
  const rows = rowsBetween(statements, query, { after, bound });
  const events = withinBytes(rows).map((columns) => eventOf(statements, columns));
  const isCut = events.length < rows.length || events.length === query.limit;
  const read =
    bound === undefined ? sequenceText(Number(place?.['seq']), OPERATIONS_PER_ENTRY - 1) : sequenceOf(bound);
  const last = (isCut ? events.at(-1)?.sequence : undefined) ?? laterOf(read, query.after);
  return { events, last, ...(hasGap && { gapTo: sequenceOf(after) }) };
};

const laterOf = (one: string, other: string): string => (one > other ? one : other);

/** Whether the first event of this task is there: then the others are. */
const isWholeTask = (statements: Statements, task: string | undefined): boolean => {
  if (task === undefined) return false;
  const sql = `SELECT event, feed FROM operations WHERE row = (SELECT row FROM tasks WHERE id = ?) ORDER BY op LIMIT 1`;
  const first = statements.of(sql).get(task);
  return first?.['feed'] !== null && (first?.['event'] === 'submitted' || first?.['event'] === 'rejected');
};

/** The row up to which a query looks; `undefined` where it may look at all. */
const boundAfter = (statements: Statements, after: number): number | undefined => {
  const sql = `SELECT op FROM operations WHERE op > ? ORDER BY op LIMIT 1 OFFSET ${SCANNED_MAX - 1}`;
  const found = statements.of(sql).get(after)?.['op'];
  return found === undefined ? undefined : Number(found);
};

interface Range {
  readonly after: number;
  readonly bound: number | undefined;
}

const rowsBetween = (statements: Statements, query: HistoryFeedQuery, { after, bound }: Range): Columns[] => {
  const { task, event, limit } = query;
  const kinds = kindsClause(query);
  const conditions: Clause[] = [
    clause('op > ? AND feed IS NOT NULL', after),
    ...(bound === undefined ? [] : [clause('op <= ?', bound)]),
    ...(task === undefined ? [] : [clause('operations.row = (SELECT row FROM tasks WHERE id = ?)', task)]),
    ...(event === undefined ? [] : [oneOf("substr(feed, 1, instr(feed, ' ') - 1)", event)]),
    ...(kinds === undefined ? [] : [kinds]),
  ];
  const where = allOf(conditions);
  return statements.of(`${EVENTS} WHERE ${where.sql} ORDER BY op LIMIT ?`).all(...where.values, limit);
};

/** As many as fit into an answer with their results; one at least. */
const withinBytes = (rows: readonly Columns[]): readonly Columns[] => {
  let bytes = 0;
  const end = rows.findIndex((columns, index) => {
    bytes += resultBytes(columns);
    return index > 0 && bytes > RESULT_BYTES_MAX;
  });
  return end < 0 ? rows : rows.slice(0, end);
};

const resultBytes = ({ result, feed }: Columns): number =>
  typeof result === 'string' && isVerdict(readFeed(String(feed)).event) ? Buffer.byteLength(result) : 0;

const eventOf = (statements: Statements, columns: Columns): JournalledEvent => {
  const feed = readFeed(String(columns['feed']));
  const text = (name: string): string => String(columns[name]);
  return defined({
    id: text('id'),
    namespace: text('namespace'),
    project: text('project'),
    type: text('type'),
    security: textOrNone(columns['security']),
    ...titleOf(columns),
    band: text('band'),
    event: feed.event,
    at: Number(columns['at']),
    sequence: sequenceOf(Number(columns['op'])),
    epoch: feed.epoch,
    attempt: feed.attempt,
    ...leaseOf(statements, columns, feed),
    ...verdictOf(columns, feed),
    ...(feed.event === 'retrying' || feed.event === 'failed' ? { retries: feed.retries } : {}),
    dueAt: feed.dueAt,
    reason: reasonOf(columns, feed),
  }) as JournalledEvent;
};

const textOrNone = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const titleOf = ({ name, command, body }: Columns): Pick<JournalledEvent, 'name' | 'commandLine'> => ({
  ...(typeof name === 'string' && { name }),
  ...(typeof command === 'string' && typeof body === 'string' && taskTitleOf(body)),
});

/** What the lease says of the event: its worker, and of a retry the error. */
const leaseOf = (
  statements: Statements,
  { row }: Columns,
  { event, epoch }: FeedColumn,
): Pick<Partial<JournalledEvent>, 'worker' | 'error'> => {
  if (typeof row !== 'number' || epoch === 0) return {};
  const lease = statements
    .of('SELECT worker, error FROM attempts WHERE row = ? AND epoch = ?')
    .get(row, epoch);
  const worker = textOrNone(lease?.['worker']);
  const error = event === 'retrying' ? textOrNone(lease?.['error']) : undefined;
  return {
    ...(worker !== undefined && { worker }),
    ...(error !== undefined && { error: JSON.parse(error) as NonNullable<JournalledEvent['error']> }),
  };
};

const verdictOf = (
  columns: Columns,
  { event }: FeedColumn,
): Pick<Partial<JournalledEvent>, 'result' | 'error'> => {
  if (!isVerdict(event)) return {};
  const error = lastErrorOf(columns);
  const { result } = columns;
  return {
    ...(typeof result === 'string' && { result: JSON.parse(result) as unknown }),
    ...(error !== undefined && { error }),
  };
};

/** The words of the request, which a note and an error have behind their own. */
const reasonOf = (columns: Columns, { event }: FeedColumn): string | undefined => {
  const text = event === 'stopping' ? textOrNone(columns['note']) : undefined;
  const message = event === 'cancelled' ? lastErrorOf(columns)?.message : undefined;
  return (text ?? message)?.split(/: (.*)/s)[1];
};
