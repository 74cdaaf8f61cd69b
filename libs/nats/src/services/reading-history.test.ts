import { AppError } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import type { OperationCall } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { readingHistory } from './reading-history.ts';

const TASK = {
  id: 'a',
  namespace: 'acme',
  project: 'default',
  type: 't',
  band: 'low',
  pool: 'default',
  state: 'completed',
  attempt: 1,
  retries: 0,
  submittedAt: 1,
};

/** An engine that fails with `code`, and a history. */
const setup = (code: ErrorCode, history: () => unknown) => {
  const seen: OperationCall[] = [];
  const call = async (one: OperationCall): Promise<unknown> => {
    seen.push(one);
    if (one.group === 'task') throw new AppError(code, 'the engine says no');
    return Promise.resolve(history());
  };
  const calls = readingHistory({ call, text: async (one) => JSON.stringify(await call(one)) });
  return { calls, seen };
};

const get: OperationCall = { group: 'task', verb: 'get', request: { id: 'a' } };
const list: OperationCall = {
  group: 'task',
  verb: 'list',
  request: { type: 't', limit: 1, state: ['failed'] },
};

describe('a read of a task', () => {
  it.each<ErrorCode>(['TASK_NOT_FOUND', 'ENGINE_NOT_RUNNING'])(
    'is answered by the history after %s, marked, and with no more fields than the engine shows',
    async (code) => {
      const { calls, seen } = setup(code, () => ({ task: { ...TASK, payload: 'secret' }, attempts: [] }));
      expect(await calls.call(get)).toEqual({ ...TASK, source: 'history' });
      expect(seen).toEqual([get, { ...get, group: 'history' }]);
    },
  );

  it('fails as the engine says where the history does not answer', async () => {
    const { calls } = setup('TASK_NOT_FOUND', () => {
      throw new AppError('HISTORY_UNAVAILABLE', 'away');
    });
    await expect(calls.call(get)).rejects.toThrow('the engine says no');
  });
});

describe('a list of tasks', () => {
  it('is answered by the history while the engine is away, by the same conditions', async () => {
    const { calls, seen } = setup('ENGINE_NOT_RUNNING', () => ({ tasks: [TASK], cursor: 'more' }));
    expect(await calls.call(list)).toEqual({
      tasks: [TASK],
      truncated: true,
      source: 'history',
      cursor: ' more',
    });
    expect(seen[1]).toEqual({
      ...list,
      group: 'history',
      request: { type: ['t'], limit: 1, state: ['failed'] },
    });
  });

  it('that the engine refuses is refused', async () => {
    const { calls, seen } = setup('INVALID_REQUEST', () => ({ tasks: [] }));
    await expect(calls.call(list)).rejects.toThrow('the engine says no');
    expect(seen).toHaveLength(1);
  });
});

it('no other operation is answered by the history', async () => {
  for (const verb of ['cancel', 'wait', 'why', 'delete']) {
    const { calls, seen } = setup('ENGINE_NOT_RUNNING', () => ({}));
    await expect(calls.call({ ...get, verb })).rejects.toThrow('the engine says no');
    expect(seen).toHaveLength(1);
  }
});
