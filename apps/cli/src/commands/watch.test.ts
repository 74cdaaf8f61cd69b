import { TASK_EVENTS } from '@precedent/contract-types';
import type { StopSteps } from '@precedent/processes';
import { describe, expect, it } from 'vitest';
import { NOW, runFake } from '../testing/fake-cli.ts';
import type { FakeClient } from '../testing/fake-cli.ts';

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
