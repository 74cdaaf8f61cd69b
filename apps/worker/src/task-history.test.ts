import type { HistoryListRequest, HistoryTaskView } from '@precedent/contract-types';
import { expect, test } from 'vitest';
import { taskHistory } from './task-history.ts';

const FRESHNESS = { seq: 1, lastSeq: 1, lagMs: 0, rebuilding: false };

const aView = (fields: Partial<HistoryTaskView> = {}): HistoryTaskView => ({
  id: 'T1',
  namespace: 'n',
  project: 'p',
  type: 'command',
  band: 'low',
  pool: 'default',
  state: 'failed',
  attempt: 2,
  retries: 1,
  submittedAt: 1,
  ...fields,
});

const setup = (tasks: readonly HistoryTaskView[], cursor?: string) => {
  const queries: unknown[] = [];
  const list = async (query: HistoryListRequest = {}) => {
    queries.push(query);
    return { tasks, freshness: FRESHNESS, ...(cursor !== undefined && { cursor }) };
  };
  const stats = async (query: object = {}) => {
    queries.push(query);
    const counts = { byState: { failed: 3 }, byBand: {}, byType: {}, byProject: {} };
    return { total: 3, ...counts, freshness: FRESHNESS };
  };
  return { queries, reader: taskHistory(() => ({ list, stats })) };
};

test('asks for what the filter says, page by page', async () => {
  const { queries, reader } = setup([], 'c2');
  const filter = { namespace: 'n', project: 'p', types: ['command'], states: ['failed'], from: 1, to: 9 };
  expect(await reader.list(filter, { limit: 5, after: 'c1' })).toEqual({ tasks: [], next: 'c2' });
  const query = { namespace: 'n', project: 'p', type: ['command'], state: ['failed'], since: 1, until: 9 };
  expect(queries).toEqual([{ ...query, limit: 5, cursor: 'c1' }]);
  expect(await reader.stats({ namespace: 'n' })).toEqual({ total: 3, byState: { failed: 3 } });
  expect(queries[1]).toEqual({ namespace: 'n' });
});

test('gives failures that mean the same the same fingerprint', async () => {
  const error = (message: string) => ({ code: 'COMMAND_FAILED' as const, message });
  const tasks = [
    aView({
      id: 'T1',
      error: error('request 17 timed out after 312 ms'),
      ranMs: 7,
      preemptions: 2,
      worker: 'w',
      name: 'x',
    }),
    aView({ id: 'T2', error: error('request 4 timed out after 9051 ms') }),
    aView({ id: 'T3', error: error('the password was wrong') }),
  ];
  const { tasks: found } = await setup(tasks).reader.list({ namespace: 'n' }, { limit: 10 });
  expect(found[0]).toMatchObject({
    id: 'T1',
    attempts: 2,
    preemptions: 2,
    durationMs: 7,
    worker: 'w',
    name: 'x',
  });
  const [one, two, three] = found.map((task) => task.error?.fingerprint);
  expect(one).toBe(two);
  expect(one).not.toBe(three);
});
