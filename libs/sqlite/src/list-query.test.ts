import type { HistoryFilter, HistoryListRequest } from '@precedent/contract-types';
import { VERDICTS, isVerdict } from '@precedent/contract-types';
import { seededRandom } from '@precedent/kernel';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { labelKey } from './entry-columns.ts';
import { listPage } from './list-query.ts';
import type { ListLimits } from './list-streams.ts';
import { LIST_LIMITS } from './list-streams.ts';
import { SCHEMA } from './schema.ts';
import { Statements } from './statements.ts';

const TASKS = 120;
const STATES = ['queued', ...VERDICTS];

/** So low that every part of a filter matches too many tasks to sort them, and every step ends early. */
const TIGHT: ListLimits = { counted: 1, compared: 40, streams: 2_000 };

interface Row {
  readonly row: number;
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  readonly band: string;
  readonly state: string;
  readonly submitted_at: number;
  readonly settled_at: number | null;
  readonly worker: string;
  readonly error_code: string | null;
  readonly label: string;
}

const rowsOf = (): Row[] => {
  const random = seededRandom(3);
  const one = (values: readonly string[]): string => values[Math.floor(random.next() * values.length)] ?? '';
  return Array.from({ length: TASKS }, (_, n) => {
    const state = one(STATES);
    return {
      row: n + 1,
      id: `t${n}`,
      namespace: 'default',
      project: 'shop',
      type: one(['a', 'b']),
      band: one(['low', 'high']),
      state,
      // Several in the same millisecond.
      submitted_at: 1_000 + Math.floor(n / 3),
      settled_at: isVerdict(state) ? 2_000 + Math.floor(random.next() * 100) : null,
      worker: one(['w1', 'w2']),
      error_code: state === 'failed' ? one(['X', 'Y']) : null,
      label: one(['red', 'blue']),
    };
  });
};

const setup = () => {
  const db = new DatabaseSync(':memory:');
  db.exec(SCHEMA);
  const rows = rowsOf();
  const kinds = new Map<string, number>();
  const kindOf = ({ namespace, project, type, band }: Row): number => {
    const key = [namespace, project, type, band];
    const known = kinds.get(key.join());
    if (known !== undefined) return known;
    const sql = 'INSERT INTO kinds (namespace, project, type, band) VALUES (?, ?, ?, ?)';
    const kind = Number(db.prepare(sql).run(...key).lastInsertRowid);
    kinds.set(key.join(), kind);
    return kind;
  };
  for (const row of rows) {
    const { label, ...columns } = row;
    const values = {
      ...columns,
      kind: kindOf(row),
      class: 0,
      ran_ms: 0,
      attempt: 0,
      retries: 0,
      losses: 0,
      epoch: 0,
      place: 0,
      expires_at: 0,
      as_of: 0,
      body: '{}',
    };
    const names = Object.keys(values);
    db.prepare(`INSERT INTO tasks (${names.join()}) VALUES (${names.map(() => '?').join()})`).run(
      ...Object.values(values),
    );
    db.prepare('INSERT INTO labels VALUES (?, ?)').run(labelKey('color', label), row.row);
    db.prepare('INSERT INTO words (rowid, name, type) VALUES (?, ?, ?)').run(row.row, label, row.type);
  }
  return { db, rows, statements: new Statements(db) };
};

const FILTERS: Readonly<Record<string, HistoryFilter>> = {
  nothing: {},
  state: { state: ['failed'] },
  states: { state: ['failed', 'completed', 'queued'] },
  band: { band: ['high'] },
  bands: { band: ['high', 'low'] },
  type: { type: ['a'] },
  types: { type: ['a', 'b'] },
  namespace: { namespace: 'default' },
  project: { project: 'shop' },
  worker: { worker: 'w1' },
  label: { labels: { color: 'red' } },
  error: { errorCode: 'X' },
  text: { text: 'red' },
  idPrefix: { idPrefix: 't1' },
  since: { since: 1_020 },
  until: { until: 2_050 },
};

/** Every filter alone, and every two of them. */
const COMBINATIONS = Object.entries(FILTERS).flatMap(([first, one], n) =>
  Object.entries(FILTERS)
    .slice(n)
    .map(
      ([second, other]) =>
        [first === second ? first : `${first} and ${second}`, { ...one, ...other }] as const,
    ),
);
const ORDERS = ['submitted', 'settled'] as const;

const { db, rows, statements } = setup();

/** Reads a table or an index from its beginning to its end, in no order that was requested. */
const isFullScan = (detail: string): boolean =>
  detail.startsWith('SCAN ') &&
  !/^SCAN (kinds\b|\(subquery|words VIRTUAL TABLE INDEX)/.test(detail) &&
  !/^SCAN tasks USING (COVERING )?INDEX tasks_(submitted|settled)$/.test(detail);

const plans = new Map<string, readonly string[]>();
const planOf = (sql: string): readonly string[] => {
  const known = plans.get(sql);
  if (known) return known;
  const plan = db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail));
  plans.set(sql, plan);
  return plan;
};

const isSort = (detail: string): boolean => detail.includes('TEMP B-TREE');

const matchesOf = (
  rows: readonly Row[],
  { order, ...filter }: Omit<HistoryListRequest, 'limit'>,
): string[] => {
  const time = order === 'settled' ? 'settled_at' : 'submitted_at';
  const { state, band, type, namespace, project, worker, labels, errorCode, text, since, until } = filter;
  const isIn = (values: readonly string[] | undefined, value: string): boolean =>
    values === undefined || values.includes(value);
  const isOf = (wanted: string | undefined, value: string | null): boolean =>
    wanted === undefined || wanted === value;
  return rows
    .filter((row) => isIn(state, row.state) && isIn(band, row.band) && isIn(type, row.type))
    .filter((row) => isOf(namespace, row.namespace) && isOf(project, row.project) && isOf(worker, row.worker))
    .filter((row) => isOf(labels?.['color'], row.label) && isOf(errorCode, row.error_code))
    .filter((row) => isOf(text, row.label) && row.id.startsWith(filter.idPrefix ?? ''))
    .filter((row) => order !== 'settled' || row.settled_at !== null)
    .filter((row) => (row[time] ?? 0) >= (since ?? 0) && (row[time] ?? 0) < (until ?? 9_999))
    .sort((a, b) => (b[time] ?? 0) - (a[time] ?? 0) || b.row - a.row)
    .map(({ id }) => id);
};

const pagesOf = (query: HistoryListRequest, limit: number, limits: ListLimits): string[][] => {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = listPage(statements, { ...query, limit, cursor }, limits);
    pages.push(page.rows.map((columns) => String(columns['id'])));
    ({ cursor } = page);
  } while (cursor !== undefined);
  return pages;
};

describe('a page of a list', () => {
  it.each(COMBINATIONS)(
    'by %s scans no table and sorts no unbounded number of tasks, in every order',
    (_, filter) => {
      const found: string[] = [];
      statements.onQuery = (sql) =>
        found.push(...planOf(sql).filter((one) => isFullScan(one) || isSort(one)));
      for (const order of ORDERS) {
        const { cursor } = listPage(statements, { ...filter, order, limit: 2 }, TIGHT);
        listPage(statements, { ...filter, order, limit: 2, cursor }, TIGHT);
      }
      expect(found).toEqual([]);
      for (const order of ORDERS) listPage(statements, { ...filter, order, limit: 2 }, LIST_LIMITS);
      statements.onQuery = undefined;
      expect(found.filter((one) => isFullScan(one))).toEqual([]);
    },
  );

  it.each(COMBINATIONS)('by %s is followed by pages with all other matches, in every order', (_, filter) => {
    for (const order of ORDERS) {
      const expected = matchesOf(rows, { ...filter, order });
      expect(pagesOf({ ...filter, order }, 25, LIST_LIMITS).flat()).toEqual(expected);
      const stepped = pagesOf({ ...filter, order }, 25, TIGHT).flat();
      // Words that many tasks have are found in the order of submission.
      if (filter.text !== undefined && order === 'settled') stepped.sort();
      expect(stepped).toEqual(
        filter.text !== undefined && order === 'settled' ? expected.toSorted() : expected,
      );
    }
  });

  it('looks at a bounded number of tasks, and may then be empty with more to follow', () => {
    const query = { worker: 'w1', labels: { color: 'green' }, order: 'settled' } as const;
    const pages = pagesOf(query, 10, { ...TIGHT, counted: 0, compared: 5 });
    expect(pages.flat()).toEqual([]);
    expect(pages.length).toBeGreaterThan(10);
  });

  it('looks at tasks one after the other where kinds and states are too many', () => {
    const few: ListLimits = { ...TIGHT, streams: 3 };
    expect(pagesOf({ state: ['failed'] }, 10, few).flat()).toEqual(matchesOf(rows, { state: ['failed'] }));
  });
});
