import type { ListRequest } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';
import type { FakeClient } from '../testing/fake-cli.ts';
import { aTask } from '../testing/fixtures.ts';

describe('precedent list', () => {
  const listing = (truncated = false): { client: FakeClient; filters: ListRequest[] } => {
    const filters: ListRequest[] = [];
    const tasks = [
      aTask({ worker: 'w1', stopping: 'cancel' }),
      aTask({ id: '01HR', state: 'failed', error: { code: 'COMMAND_FAILED', message: 'x' }, attempt: 4 }),
      aTask({
        id: '01HS',
        state: 'queued',
        band: 'low',
        waiting: { reason: 'backoff', detail: 'x' },
        attempt: 0,
      }),
    ];
    const list = async (filter: ListRequest = {}) => {
      filters.push(filter);
      return { tasks, truncated };
    };
    return { client: { list }, filters };
  };

  it('shows one line for each task', async () => {
    expect((await runFake(['list'], listing())).out).toMatchInlineSnapshot(`
      "ID    STATE     BAND    PROJECT       ATTEMPT  AGE  WORKER  TASK     NOTE
      01HQ  running*  normal  default/shop  1        1m   w1      command  stopping (cancel)
      01HR  failed    normal  default/shop  4        1m   -       command  COMMAND_FAILED: x
      01HS  queued    low     default/shop  0        1m   -       command  x
      "
    `);
    expect((await runFake(['list'], listing(true))).out).toMatch(
      /there are more; raise --limit or name fewer\n$/,
    );
    const none: FakeClient = { list: async () => ({ tasks: [], truncated: false }) };
    expect((await runFake(['list'], { client: none })).out).toBe(
      'no tasks that match; `precedent submit -- echo hello` makes one\n',
    );
  });

  it('passes the filter on', async () => {
    const { client, filters } = listing();
    await runFake(['list'], { client });
    await runFake(
      ['list', '--state', 'queued,running', '--state', 'failed', '--band', 'low', '--project', 'p'],
      { client },
    );
    await runFake(['list', '--type', 'a.b', '--namespace', 'n', '--limit', '7'], { client });
    expect(filters).toEqual([
      { limit: 50 },
      { state: ['queued', 'running', 'failed'], band: ['low'], project: 'p', limit: 50 },
      { type: 'a.b', namespace: 'n', limit: 7 },
    ]);
  });

  it.each([
    ['--state', 'runing', '--state is runing; did you mean running?'],
    ['--band', 'urgentissimo', '--band is urgentissimo; one of low, normal, high, critical is expected'],
    ['--limit', '1001', '--limit is 1001; a whole number from 1 to 1000 is expected'],
  ])('refuses %s %s', async (flag, value, message) => {
    const outcome = await runFake(['list', flag, value], listing());
    expect(outcome.exit).toBe(64);
    expect(outcome.err).toContain(message);
  });
});

describe('precedent logs', () => {
  async function* logs() {
    yield* [];
  }

  it('says of a task that wrote nothing how it is, and of an unknown one that it is unknown', async () => {
    const there = { logs, get: async () => aTask({ state: 'queued' }) };
    expect(await runFake(['logs', '01HQ'], { client: there })).toMatchObject({
      exit: 0,
      out: '',
      err: 'nothing was written by task 01HQ, which is queued\n',
    });
    expect(await runFake(['logs', '01HQ', '--json'], { client: there })).toMatchObject({ out: '', err: '' });
    const get = async () => Promise.reject(new AppError('TASK_NOT_FOUND', 'no task has the id x'));
    expect(await runFake(['logs', 'x'], { client: { logs, get } })).toMatchObject({
      exit: 66,
      err: 'error TASK_NOT_FOUND: no task has the id x\n  Check the id; `precedent list` shows those there are, older ones too.\n',
    });
  });
});

describe('precedent decisions', () => {
  it('says so where none was made', async () => {
    const { out } = await runFake(['decisions'], { client: { decisions: async () => [] } });
    expect(out).toBe('no preemption decisions\n');
  });
});
