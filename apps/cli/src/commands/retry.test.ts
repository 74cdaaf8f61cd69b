import type { RetryReply, RetryRequest } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';
import { aTask } from '../testing/fixtures.ts';

const aClient = (reopened: readonly string[] = []) => {
  const calls: unknown[] = [];
  const retry = async (id: string, options?: Omit<RetryRequest, 'id'>): Promise<RetryReply> => {
    calls.push([id, options]);
    return { task: aTask({ id: 'n1', redriveOf: { task: id, times: 1 } }), reopened };
  };
  return { calls, client: { retry } };
};

describe('precedent retry', () => {
  it('names the task that repeats it, and says how many others run again', async () => {
    const { calls, client } = aClient();
    expect(await runFake(['retry', 't1'], { client })).toMatchObject({ exit: 0, out: 'n1 repeats t1\n' });
    const some = aClient(['n2', 'n3']);
    const flags = ['--dependants', '--keep-keys', '--edit', '{"payload": {"n": 2}}'];
    expect((await runFake(['retry', 't1', ...flags], { client: some.client })).out).toBe(
      'n1 repeats t1, with 2 skipped tasks\n',
    );
    expect([calls, some.calls]).toEqual([
      [['t1', {}]],
      [['t1', { edit: { payload: { n: 2 } }, keepKeys: true, dependants: true }]],
    ]);
  });

  it('prints the reply as JSON', async () => {
    const { client } = aClient();
    const { out } = await runFake(['retry', 't1', '--json'], { client });
    expect(JSON.parse(out)).toMatchObject({ task: { id: 'n1' }, reopened: [] });
  });

  it.each([
    ['[1]', 'the edit is no JSON object'],
    ['{"a"', 'the edit is not JSON'],
  ])('refuses the edit %s', async (edit, message) => {
    const { calls, client } = aClient();
    const { exit, err } = await runFake(['retry', 't1', '--edit', edit], { client });
    expect([exit, calls]).toEqual([65, []]);
    expect(err).toContain(message);
  });
});
