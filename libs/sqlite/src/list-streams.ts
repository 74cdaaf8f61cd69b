import type { HistoryFilter, TaskState } from '@precedent/contract-types';
import { TASK_STATES, VERDICTS } from '@precedent/contract-types';
import type { HistoryListQuery } from '@precedent/ports';
import { labelKey } from './entry-columns.ts';
import type { Clause, FilterPart, TimeColumn } from './filter-clauses.ts';
import {
  clause,
  conditionsOf,
  errorClause,
  idClause,
  allOf,
  kindsClause,
  matchClause,
  workerClause,
} from './filter-clauses.ts';
import type { Statements } from './statements.ts';

/** A range of an index: the tasks of some values, in an order. */
export interface Stream {
  /** The index. */
  readonly index: string;
  /** The index with `tasks`. */
  readonly from: string;
  /** The range. */
  readonly where: readonly Clause[];
  /** The row of a task, as the index has it. */
  readonly row: string;
}

/** `time`: by the time of the list, then by row. `row`: in the order of submission. `none`: in no order. */
export type StreamOrder = 'time' | 'row' | 'none';

/** How the tasks of a list are found: every one is in one of the streams, and meets the rest. */
export interface Access {
  readonly streams: readonly Stream[];
  readonly order: StreamOrder;
  readonly rest: readonly Clause[];
  /** Whether the streams are short enough to be read to their end. */
  readonly isShort: boolean;
}

/** What an answer may cost at most. */
export interface ListLimits {
  /** Index entries that are counted to learn which part of a filter narrows most; as many tasks may be sorted. */
  readonly counted: number;
  /** Index entries that are compared with the rest of a filter. */
  readonly compared: number;
  /** Ranges of kinds and states that are merged. */
  readonly streams: number;
}

export const LIST_LIMITS: ListLimits = { counted: 4_000, compared: 10_000, streams: 2_000 };

/** The parts of a filter that streams answer. */
interface Candidate {
  readonly parts: readonly FilterPart[];
  readonly order: StreamOrder;
  readonly streams: readonly Stream[];
  /** Labels that are left for the rest. */
  readonly labels?: HistoryFilter['labels'];
}

export interface AccessOptions {
  readonly query: HistoryListQuery;
  readonly time: TimeColumn;
  readonly limits: ListLimits;
}

/**
 * Takes the part of the filter that fewest tasks match. Few tasks are sorted; many are read in the order of an index, so that a page costs
 * what it holds. Tasks with words are in the order of submission when there are many of them.
 */
export const accessOf = (statements: Statements, options: AccessOptions): Access => {
  const { time, limits } = options;
  const narrow = [...narrowCandidates(options), ...kindCandidate(statements, options)];
  const counted = narrow.map((one) => ({ one, count: countOf(statements, one, limits.counted) }));
  const [best] = counted.toSorted((a, b) => a.count - b.count);
  if (best && best.count < limits.counted) return accessBy(best.one, options, true);
  const ordered = narrow.find((one) => isInOrder(one, time) || one.parts.includes('text'));
  return accessBy(ordered ?? plainCandidate(options), options, false);
};

/** Rows are numbered in the order of submission. */
const isInOrder = ({ order }: Candidate, time: TimeColumn): boolean =>
  order === 'time' || (order === 'row' && time === 'submitted_at');

const accessBy = (candidate: Candidate, { query, time }: AccessOptions, isShort: boolean): Access => {
  const { parts, streams, labels } = candidate;
  const order = isShort && !isInOrder(candidate, time) ? 'none' : candidate.order;
  const inRange: FilterPart[] = order === 'row' ? [] : ['time'];
  const answered = new Set<FilterPart>([...parts, ...inRange]);
  const conditions = conditionsOf(labels === undefined ? query : { ...query, labels }, time);
  const rest = [...conditions].flatMap(([part, clauses]) => (answered.has(part) ? [] : clauses));
  return { streams, order, rest, isShort };
};

const ofTasks = (index: string, ...where: Clause[]): Stream => ({
  index: `tasks INDEXED BY ${index}`,
  from: `tasks INDEXED BY ${index}`,
  where,
  row: 'tasks.row',
});

const narrowCandidates = ({ query, time }: AccessOptions): Candidate[] => {
  const { text, idPrefix, errorCode, worker, labels = {} } = query;
  const bySubmission = time === 'submitted_at' ? 'time' : 'none';
  const one = (part: FilterPart, order: StreamOrder, stream: Stream): Candidate => ({
    parts: [part],
    order,
    streams: [stream],
  });
  return [
    ...(text === undefined ? [] : [one('text', 'row', wordStream(text))]),
    ...Object.keys(labels).map((name) => labelCandidate(labels, name)),
    ...(errorCode === undefined
      ? []
      : [one('error', bySubmission, ofTasks('tasks_error', errorClause(errorCode)))]),
    ...(worker === undefined
      ? []
      : [one('worker', bySubmission, ofTasks('tasks_worker', workerClause(worker)))]),
    ...(idPrefix === undefined ? [] : [one('id', 'none', ofTasks('tasks_id', idClause(idPrefix)))]),
  ];
};

const wordStream = (text: string): Stream => ({
  index: 'words',
  from: 'words CROSS JOIN tasks ON tasks.row = words.rowid',
  where: [matchClause(text)],
  row: 'words.rowid',
});

const labelCandidate = (labels: Readonly<Record<string, string>>, name: string): Candidate => {
  const { [name]: value = '', ...others } = labels;
  const stream: Stream = {
    index: 'labels',
    from: 'labels CROSS JOIN tasks ON tasks.row = labels.row',
    where: [clause('labels.label = ?', labelKey(name, value))],
    row: 'labels.row',
  };
  return { parts: [], order: 'row', streams: [stream], labels: others };
};

/** One stream for each kind and state that the filter allows; none when it names neither, or when there are too many. */
const kindCandidate = (statements: Statements, { query, time, limits }: AccessOptions): Candidate[] => {
  const kinds = kindsClause(query);
  if (kinds === undefined && !query.state?.length) return [];
  const states = statesOf(query.state, time);
  const numbers = kindNumbers(statements, kinds);
  if (numbers.length * states.length > limits.streams) return [];
  const streams = numbers.flatMap((kind) => states.map((state) => kindStream({ kind, state, time })));
  return [{ parts: ['kind', 'state'], order: 'time', streams }];
};

const kindStream = (of: {
  readonly kind: number;
  readonly state: string;
  readonly time: TimeColumn;
}): Stream => {
  const range = clause('tasks.kind = ? AND tasks.state = ?', of.kind, of.state);
  if (of.time === 'submitted_at') return ofTasks('tasks_kind', range);
  return ofTasks('tasks_kind_settled', range, clause('tasks.settled_at IS NOT NULL'));
};

const statesOf = (named: readonly TaskState[] | undefined, time: TimeColumn): readonly TaskState[] => {
  const possible = time === 'settled_at' ? VERDICTS : TASK_STATES;
  return named?.length ? possible.filter((state) => named.includes(state)) : possible;
};

const kindNumbers = (statements: Statements, kinds: Clause | undefined): number[] => {
  const { sql, values } = allOf(kinds === undefined ? [] : [kinds]);
  return statements
    .of(`SELECT kind FROM kinds WHERE ${sql}`)
    .all(...values)
    .map((columns) => Number(columns['kind']));
};

const plainCandidate = ({ time }: AccessOptions): Candidate => ({
  parts: [],
  order: 'time',
  streams: [ofTasks(time === 'settled_at' ? 'tasks_settled' : 'tasks_submitted')],
});

/** Index entries of all streams, counted up to `max`. */
const countOf = (statements: Statements, { streams }: Candidate, max: number): number => {
  let count = 0;
  for (const { index, where } of streams) {
    const { sql, values } = allOf(where);
    const text = `SELECT count(*) AS n FROM (SELECT 1 FROM ${index} WHERE ${sql} LIMIT ?)`;
    count += Number(statements.of(text).get(...values, max - count)?.['n']);
    if (count >= max) break;
  }
  return count;
};
