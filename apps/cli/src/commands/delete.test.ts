import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';
import { aTask } from '../testing/fixtures.ts';

describe('precedent cancel', () => {
  it('passes the reason on, and says whether the task runs on', async () => {
    const requests: unknown[] = [];
    const cancel = async (id: string, reason?: string) => {
      requests.push([id, reason]);
      return aTask(reason === undefined ? { state: 'cancelled' } : { stopping: 'cancel' });
    };
    expect((await runFake(['cancel', 'a'], { client: { cancel } })).out).toBe('01HQ cancelled\n');
    expect((await runFake(['cancel', 'b', '--reason', 'late'], { client: { cancel } })).out).toBe(
      '01HQ is being stopped\n',
    );
    expect(requests).toEqual([
      ['a', undefined],
      ['b', 'late'],
    ]);
  });
});

describe('precedent delete', () => {
  const remove = async (id: string) => {
    if (id === 'busy') throw new AppError('TASK_ACTIVE', 'task busy is running: cancel it first');
    return { id, deleted: true } as const;
  };
  const client = { delete: remove };

  it('deletes in the namespace of the flag, or of the configuration', async () => {
    const requests: unknown[] = [];
    const noting = {
      delete: (id: string, options?: object) => {
        requests.push([id, options]);
        return remove(id);
      },
    };
    const env = { PRECEDENT_NAMESPACE: 'shop' };
    expect(await runFake(['delete', 'a'], { client: noting, env })).toMatchObject({
      exit: 0,
      out: 'a deleted\n',
    });
    await runFake(['delete', 'a', '--namespace', 'other'], { client: noting, env });
    expect(requests).toEqual([
      ['a', { namespace: 'shop' }],
      ['a', { namespace: 'other' }],
    ]);
  });

  it('says why one cannot be deleted, with the exit code of the error', async () => {
    const { exit, out, err } = await runFake(['delete', 'busy'], { client });
    expect([exit, out]).toEqual([65, '']);
    expect(err).toBe(
      'error TASK_ACTIVE: task busy is running: cancel it first\n  Cancel it first, or wait for its end.\n',
    );
  });

  it('tells of each of several, and exits with the code of the first that was refused', async () => {
    const text = await runFake(['delete', 'a', 'busy', 'b'], { client });
    expect(text).toMatchObject({ exit: 65, out: 'a deleted\nb deleted\n' });
    expect(text.err).toContain('error TASK_ACTIVE: task busy');
    const { exit, out } = await runFake(['delete', 'a', 'busy', '--json'], { client });
    expect([
      exit,
      ...out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ]).toEqual([
      65,
      { id: 'a', deleted: true },
      { id: 'busy', error: { code: 'TASK_ACTIVE', message: 'task busy is running: cancel it first' } },
    ]);
    expect((await runFake(['delete', 'a', 'b'], { client })).exit).toBe(0);
  });
});
