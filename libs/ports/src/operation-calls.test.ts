import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { findingForgotten } from './operation-calls.port.ts';
import type { OperationCall } from './operation-calls.port.ts';

const setup = (history: () => unknown) => {
  const seen: OperationCall[] = [];
  const calls = findingForgotten({
    call: async (call) => {
      seen.push(call);
      if (call.group === 'task') throw new AppError('TASK_NOT_FOUND', 'the engine has none');
      return Promise.resolve(history());
    },
  });
  return { calls, seen };
};

const get: OperationCall = { group: 'task', verb: 'get', request: { id: 'a' } };

describe('a task that the engine has forgotten', () => {
  it('is found in the history, by the same request', async () => {
    const { calls, seen } = setup(() => ({ task: { id: 'a' }, attempts: [] }));
    expect(await calls.call(get)).toEqual({ id: 'a' });
    expect(seen).toEqual([get, { ...get, group: 'history' }]);
  });

  it('is as unknown as the engine says where the history does not answer', async () => {
    const { calls } = setup(() => {
      throw new AppError('HISTORY_UNAVAILABLE', 'away');
    });
    await expect(calls.call(get)).rejects.toThrow('the engine has none');
  });

  it('is looked for by no other operation', async () => {
    const { calls, seen } = setup(() => ({}));
    await expect(calls.call({ ...get, verb: 'cancel' })).rejects.toThrow('the engine has none');
    expect(seen).toHaveLength(1);
  });
});
