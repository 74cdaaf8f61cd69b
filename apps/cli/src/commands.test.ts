import type { ListRequest } from '@precedent/contracts';
import { TASK_EVENTS } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { StopSteps } from '@precedent/processes';
import { describe, expect, it } from 'vitest';
import { NOW, runFake } from './testing/fake-cli.ts';
import type { FakeClient } from './testing/fake-cli.ts';
import { aTask } from './testing/fixtures.ts';

describe('precedent get', () => {
  it('shows what is known of a task', async () => {
    const task = aTask({
      name: 'nightly\u001b[31m\nreport',
      labels: { a: '1' },
      progress: { fraction: 0.5, message: 'half' },
      worker: 'w1',
      retries: 1,
      attempt: 2,
      startedAt: NOW - 1_500,
    });
    const { out } = await runFake(['get', '01HQ'], { client: { get: async () => task } });
    expect(out).toMatchInlineSnapshot(`
      "id         01HQ
      name       nightly^[[31m report
      state      running
      type       command
      band       normal
      project    default/shop
      labels     a=1
      attempt    2
      retries    1
      worker     w1
      progress   50 %, half
      submitted  2026-11-20T11:58:55.000Z (1m 05s ago)
      started    2026-11-20T11:59:58.500Z (1.5s ago)
      "
    `);
  });

  it('says why a task waits, and how it ended', async () => {
    const waiting = aTask({
      state: 'queued',
      attempt: 0,
      waiting: { reason: 'no_worker', detail: 'no worker takes a.b' },
    });
    const failed = aTask({
      state: 'failed',
      settledAt: NOW,
      error: { code: 'HANDLER_FAILED', message: 'boom' },
    });
    const shown = async (task: typeof failed) =>
      (await runFake(['get', 'x'], { client: { get: async () => task } })).out;
    expect(await shown(waiting)).toMatch(/^state +queued: no worker takes a\.b$/m);
    expect(await shown(failed)).toMatch(/^error +HANDLER_FAILED: boom$/m);
  });

  it('says of a failed task whether that was seen before, where somebody knows', async () => {
    const failed = aTask({ state: 'failed', error: { code: 'HANDLER_FAILED', message: 'boom' } });
    const same = {
      count: 3,
      tasks: 2,
      ownAttempts: 1,
      firstAt: NOW - 90_000,
      lastAt: NOW - 60_000,
      resolutions: [{ text: 'restart it', by: 'ada', at: NOW, evidence: 'T9' }],
      laterSuccesses: [
        { task: 'T8', at: NOW, after: 'T7', differences: [{ field: 'version', before: '1', after: '2' }] },
      ],
      settings: { why: 'worked_with', version: '2' },
      support: 3,
      evidence: ['p1'],
    };
    const seen = { task: failed.id, fingerprint: 'f00d', isNew: false, same, similar: [] };
    const client = { get: async () => failed, search: { seen: async () => seen } };
    const { out } = await runFake(['get', 'x'], { client });
    expect(out.slice(out.indexOf('failure'))).toBe(
      `failure f00d of ${failed.id} was seen 3 times before, in 2 tasks, last 1m 00s ago\n` +
        '  restart it (by ada, shown by T9)\n' +
        '  it worked later in T8 with version 2 in place of 1\n' +
        '  try again with version "2" (worked with)\n',
    );
    const own = { ...seen, same: { ...same, tasks: 1, ownAttempts: 3 } };
    const { out: first } = await runFake(['get', 'x'], {
      client: { ...client, search: { seen: async () => own } },
    });
    expect(first).toContain('is new: it was seen in 3 earlier attempts of this task only\n');
    const json = JSON.parse((await runFake(['get', 'x', '--json'], { client })).out) as unknown;
    expect(json).toMatchObject({ id: failed.id, seen: { isNew: false } });
  });

  it('prints the view itself with --json', async () => {
    const { out } = await runFake(['get', 'x', '--json'], { client: { get: async () => aTask() } });
    expect(JSON.parse(out)).toEqual(aTask());
  });

  it('exits with the code of the error', async () => {
    const get = async () => Promise.reject(new AppError('TASK_NOT_FOUND', 'no task x'));
    expect(await runFake(['get', 'x'], { client: { get } })).toMatchObject({
      exit: 66,
      out: '',
      closed: true,
    });
  });
});

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
    expect(out).toBe('no decisions: no task had to make room, or to wait for it\n');
  });
});

describe('precedent cancel', () => {
  it('passes the reason on, and says whether the task runs on', async () => {
    const asked: unknown[] = [];
    const cancel = async (id: string, reason?: string) => {
      asked.push([id, reason]);
      return aTask(reason === undefined ? { state: 'cancelled' } : { stopping: 'cancel' });
    };
    expect((await runFake(['cancel', 'a'], { client: { cancel } })).out).toBe('01HQ cancelled\n');
    expect((await runFake(['cancel', 'b', '--reason', 'late'], { client: { cancel } })).out).toBe(
      '01HQ is being stopped\n',
    );
    expect(asked).toEqual([
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
    const asked: unknown[] = [];
    const noting = {
      delete: (id: string, options?: object) => {
        asked.push([id, options]);
        return remove(id);
      },
    };
    const env = { PRECEDENT_NAMESPACE: 'shop' };
    expect(await runFake(['delete', 'a'], { client: noting, env })).toMatchObject({
      exit: 0,
      out: 'a deleted\n',
    });
    await runFake(['delete', 'a', '--namespace', 'other'], { client: noting, env });
    expect(asked).toEqual([
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

describe('precedent watch', () => {
  const base = { id: 't1', namespace: 'n', project: 'p', type: 'a.b', band: 'low', at: NOW, attempt: 1 };
  const watching = (): FakeClient => ({
    watch: () => ({
      close: () => undefined,
      async *[Symbol.asyncIterator]() {
        yield { ...base, event: 'started' as const, worker: 'w1' };
        yield { gap: 0 };
        yield { ...base, event: 'progress' as const, fraction: 0.25, message: 'a\nb' };
        yield { gap: 12 };
        yield {
          ...base,
          event: 'retrying' as const,
          dueAt: NOW + 2_000,
          error: { code: 'HANDLER_FAILED', message: 'boom' },
        };
        yield { ...base, event: 'failed' as const, error: { code: 'HANDLER_FAILED', message: 'boom' } };
        yield { ...base, event: 'cancelled' as const, reason: 'late' };
      },
    }),
  });

  it('prints events as they come, and says where some are missing', async () => {
    const { out, err } = await runFake(['watch'], { client: watching() });
    expect(out).toMatchInlineSnapshot(`
      "2026-11-20T12:00:00.000Z  started    t1  n/p  a.b  low  on w1
      2026-11-20T12:00:00.000Z  progress   t1  n/p  a.b  low  25 % a b
      2026-11-20T12:00:00.000Z  retrying   t1  n/p  a.b  low  HANDLER_FAILED: boom, due in 2.0s
      2026-11-20T12:00:00.000Z  failed     t1  n/p  a.b  low  HANDLER_FAILED: boom
      2026-11-20T12:00:00.000Z  cancelled  t1  n/p  a.b  low  late
      "
    `);
    expect(err).toBe(
      '-- the connection was interrupted: events may be missing here\n-- 12 events are missing here\n',
    );
  });

  it('takes several events, by every name that there is', async () => {
    const filters: unknown[] = [];
    const { watch } = watching();
    const client: FakeClient = {
      watch: (filter, ...rest) => {
        filters.push(filter);
        return watch?.(filter, ...rest) ?? expect.unreachable();
      },
    };
    await runFake(['watch', '--event', 'queued,retrying', '--event', 'preempted'], { client });
    expect(filters).toEqual([{ event: ['queued', 'retrying', 'preempted'] }]);
    for (const event of TASK_EVENTS)
      expect(await runFake(['watch', '--event', event], { client })).toMatchObject({ exit: 0 });
    expect(await runFake(['watch', '--event', 'faild'], { client })).toMatchObject({
      exit: 64,
      err: expect.stringContaining('--event is faild; did you mean failed?'),
    });
  });

  it('fits the terminal: one line for each event, with what the task is', async () => {
    const failed = {
      ...base,
      id: '01M8M92R9NC468FS22XPMFVN3K',
      event: 'failed' as const,
      name: 'nightly',
      commandLine: 'pg_dump --all --to /backups/nightly',
      error: {
        code: 'COMMAND_FAILED',
        message: 'command exited with code 3',
        details: { exitCode: 3, stderr: 'fatal: no such role\n' },
      },
    };
    const watch = () => ({
      close: () => undefined,
      async *[Symbol.asyncIterator]() {
        yield failed;
      },
    });
    const { out } = await runFake(['watch'], { client: { watch }, columns: 80 });
    expect(out.slice(8)).toBe('  failed     01M8M92R9NC4  nightly: pg_dump --a…  exit 3: fatal: no suc…\n');
  });

  it('ends at Ctrl-C', async () => {
    const closed = Promise.withResolvers<void>();
    class Endless {
      readonly #closed = closed;
      close(): void {
        this.#closed.resolve();
      }
      async *[Symbol.asyncIterator]() {
        await closed.promise;
        yield { gap: 1 };
      }
    }
    const endless: FakeClient = { watch: () => new Endless() };
    const onListen = ({ stop }: StopSteps): void => stop('SIGINT');
    expect(await runFake(['watch'], { client: endless, onListen })).toMatchObject({ exit: 0, closed: true });
  });

  it('prints JSON lines, gaps among them', async () => {
    const { out } = await runFake(['watch', '--json'], { client: watching() });
    expect(out.trim().split('\n')).toHaveLength(7);
    expect(out).toContain('{"gap":12}\n');
  });
});

describe('precedent config', () => {
  it('prints every value and where it comes from', async () => {
    const { out } = await runFake(['config', '-u', 'nats://x'], { env: { PRECEDENT_CELL: 'b' } });
    expect(out).toMatch(/^cell +env PRECEDENT_CELL +b$/m);
    expect(out).toMatch(/^nats\.url +flag +nats:\/\/x$/m);
    expect(out).toMatch(/^execution\.timeout +default +5m$/m);
  });
});

describe('precedent up', () => {
  it('refuses --no-nats without a URL before it starts anything', async () => {
    const outcome = await runFake(['up', '--no-nats']);
    expect(outcome.exit).toBe(64);
    expect(outcome.err).toContain('name a running server with --url');
  });
});

describe('precedent why', () => {
  it('says of an ended task how it ended, and what to do', async () => {
    const error = {
      code: 'COMMAND_FAILED',
      message: 'command exited with code 3',
      details: { exitCode: 3, stderr: 'fatal: no such role\n' },
    } as const;
    const times = { startedAt: NOW - 62_000, settledAt: NOW - 60_000 };
    const task = aTask({
      state: 'failed',
      attempt: 4,
      worker: 'w1',
      ...times,
      commandLine: 'make all',
      error,
    });
    const reasons = ['it is failed: command exited with code 3', 'it was preempted once'];
    const why = async () => ({ task, reasons, preemptedBy: [], displaced: [], decisions: [] });
    expect((await runFake(['why', '01HQ'], { client: { why } })).out).toBe(
      '01HQ failed 1m 00s ago: make all\n' +
        '  it ended in attempt 4 on w1 after 2.0s\n' +
        '  COMMAND_FAILED: command exited with code 3: fatal: no such role\n' +
        '  Read the output of the attempt: `precedent logs 01HQ`.\n' +
        '  it was preempted once\n',
    );
  });
});
