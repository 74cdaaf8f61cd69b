import type { LogChunk, TaskView } from '@precedent/contract-types';
import type { StopSteps } from '@precedent/processes';
import { describe, expect, it } from 'vitest';
import { exitCodeFor } from './commands/run.ts';
import { runFake } from './testing/fake-cli.ts';
import type { FakeClient } from './testing/fake-cli.ts';
import { aTask } from './testing/fixtures.ts';

const chunk = (fields: Partial<LogChunk>): LogChunk => ({
  id: 't1',
  epoch: 1,
  attempt: 1,
  stream: 'stdout',
  at: 0,
  text: '',
  ...fields,
});

/** A client whose task writes `chunks` and ends as `task`. */
const ending = (task: TaskView, chunks: readonly LogChunk[] = []): FakeClient => ({
  submit: async () => ({ id: 't1', seq: 1, door: 'ask' }),
  logs: async function* () {
    yield* chunks;
  },
  wait: async () => task,
});

describe('precedent run', () => {
  it('shows the output where the command sent it, and exits with 0', async () => {
    const client = ending(aTask({ state: 'completed', result: { exitCode: 0 } }), [
      chunk({ text: 'one\n' }),
      chunk({ stream: 'stderr', text: 'careful\n' }),
      chunk({ stream: 'log', text: 'noted' }),
      chunk({ attempt: 2, text: 'two\n', truncated: true }),
    ]);
    expect(await runFake(['run', '--', 'sh', '-c', 'x'], { client })).toMatchObject({
      exit: 0,
      out: 'one\ntwo\n',
      err: 'task t1\ncareful\nnoted\n-- attempt 2\n-- the rest of the output was not kept\n',
      closed: true,
    });
  });

  it('prints the result of a task that is no command', async () => {
    const client = ending(aTask({ type: 'sum', state: 'completed', result: { total: 3 } }));
    expect((await runFake(['run', 'sum'], { client })).out).toBe('{\n  "total": 3\n}\n');
  });

  it("ends with the command's own exit code", async () => {
    const error = {
      code: 'COMMAND_FAILED',
      message: 'command exited with code 3',
      details: { exitCode: 3 },
    } as const;
    const outcome = await runFake(['run', '--', 'x'], { client: ending(aTask({ state: 'failed', error })) });
    expect(outcome.exit).toBe(3);
    expect(outcome.err).toContain('error COMMAND_FAILED: command exited with code 3\n');
  });

  it('tells the last telling line of stderr, and a remedy with the id of the task', async () => {
    const details = { exitCode: 3, stderr: 'dumping\npg_dump: error: no such role\n' };
    const error = { code: 'COMMAND_FAILED', message: 'command exited with code 3', details } as const;
    const { err } = await runFake(['run', '--', 'x'], { client: ending(aTask({ state: 'failed', error })) });
    expect(err).toContain(
      'error COMMAND_FAILED: command exited with code 3: pg_dump: error: no such role\n' +
        '  Read the output of the attempt: `precedent logs 01HQ`.\n',
    );
  });

  it('gives JSON lines: the log, then the task', async () => {
    const client = ending(aTask({ state: 'completed' }), [chunk({ text: 'one' })]);
    const { out, err } = await runFake(['run', 'a', '--json'], { client });
    const kinds = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect([kinds, err]).toEqual([['log', 'task'], '']);
  });

  it('cancels the task at Ctrl-C, and ends when the task has', async () => {
    const cancelled = Promise.withResolvers<void>();
    const client: FakeClient = {
      ...ending(aTask({ state: 'cancelled' })),
      cancel: async () => {
        cancelled.resolve();
        return aTask();
      },
      wait: async () => {
        await cancelled.promise;
        return aTask({ state: 'cancelled' });
      },
    };
    const outcome = await runFake(['run', 'a'], { client, onListen: ({ stop }) => stop('SIGINT') });
    expect(outcome.exit).toBe(130);
    expect(outcome.err).toContain('cancelling task t1; repeat to detach without waiting\n');
    expect(outcome.err).toContain('error CANCELLED: task 01HQ is cancelled\n');
  });

  it('leaves at the second Ctrl-C, whatever the task does', async () => {
    const client: FakeClient = {
      ...ending(aTask()),
      cancel: () => new Promise(() => undefined),
      wait: () => new Promise(() => undefined),
    };
    const onListen = ({ stop, force }: StopSteps) => {
      stop('SIGINT');
      force('SIGINT');
    };
    expect(await runFake(['run', 'a'], { client, onListen })).toMatchObject({ exit: 130, closed: true });
  });
});

const KILLED = { exitCode: null, signal: 'SIGKILL' };

const killedBy = (signal: string): Partial<TaskView> => ({
  state: 'failed',
  error: { code: 'COMMAND_FAILED', message: '', details: { exitCode: null, signal } },
});

describe('the exit code of a task', () => {
  it.each<[Partial<TaskView>, number]>([
    [{ state: 'completed' }, 0],
    [{ state: 'failed', error: { code: 'HANDLER_FAILED', message: '' } }, 1],
    [{ state: 'failed', error: { code: 'COMMAND_FAILED', message: '', details: { exitCode: 77 } } }, 77],
    [{ state: 'failed', error: { code: 'COMMAND_FAILED', message: '', details: { exitCode: null } } }, 1],
    [killedBy('SIGKILL'), 137],
    [killedBy('SIGTERM'), 143],
    [killedBy('SIGSEGV'), 139],
    [killedBy('SIGINT'), 130],
    [killedBy('constructor'), 1],
    [{ state: 'timed_out', error: { code: 'ATTEMPT_TIMEOUT', message: '', details: KILLED } }, 124],
    [{ state: 'cancelled', error: { code: 'CANCELLED', message: '', details: KILLED } }, 130],
    [{ state: 'failed', error: { code: 'COMMAND_NOT_FOUND', message: '' } }, 127],
    [{ state: 'timed_out', error: { code: 'ATTEMPT_TIMEOUT', message: '', details: { exitCode: 3 } } }, 124],
    [{ state: 'cancelled' }, 130],
    [{ state: 'rejected', error: { code: 'INVALID_TASK', message: '' } }, 65],
  ])('%j is %i', (fields, exit) => {
    expect(exitCodeFor(aTask(fields))).toBe(exit);
  });
});
