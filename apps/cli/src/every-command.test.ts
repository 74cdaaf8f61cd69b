import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { runFake } from './testing/fake-cli.ts';

describe('every command', () => {
  it('finds the server by flag, variable and default, with what lets it in', async () => {
    const servers = async (argv: string[], env: Record<string, string> = {}) =>
      (await runFake(argv, { env })).connected;
    expect(await servers(['status'])).toMatchObject({ servers: 'nats://127.0.0.1:4222', cell: 'main' });
    expect(
      await servers(['status'], { PRECEDENT_NATS_PORT: '4333', PRECEDENT_NATS_TOKEN: 's3' }),
    ).toMatchObject({
      servers: 'nats://127.0.0.1:4333',
      token: 's3',
    });
    expect(
      await servers(['status', '-u', 'nats://a:1,nats://b:2', '--root', 'r.v1', '--cell', 'c']),
    ).toMatchObject({
      servers: ['nats://a:1', 'nats://b:2'],
      root: 'r.v1',
      cell: 'c',
    });
    expect(await servers(['-u', 'nats://a:1', 'status'])).toMatchObject({ servers: ['nats://a:1'] });
  });

  it('tells that the server cannot be reached', async () => {
    const outcome = await runFake(['status']);
    expect(outcome).toMatchObject({ exit: 69, out: '' });
    expect(outcome.err).toBe(
      'error NATS_UNREACHABLE: cannot connect to nats://127.0.0.1:4222\n  Start one with `precedent up`, or check the address: --url, or nats.url.\n',
    );
  });

  it('reports every problem of the configuration, and the stack only with PRECEDENT_DEBUG', async () => {
    const env = { PRECEDENT_NATS_PRT: '1', PRECEDENT_CELL: 'a b' };
    const { exit, err } = await runFake(['status'], { env });
    expect(exit).toBe(78);
    expect(err).toMatchInlineSnapshot(`
      "error INVALID_CONFIG: the configuration has 2 problems
        PRECEDENT_NATS_PRT: no such variable; did you mean PRECEDENT_NATS_PORT?
        cell: expected letters, digits, "_" and "-", 64 at most, got "a b" (env PRECEDENT_CELL)
        Correct the keys that the error lists; \`precedent config\` shows where each value comes from.
      "
    `);
    const debug = await runFake(['status'], { env: { PRECEDENT_DEBUG: '1' } });
    expect(debug.err).toMatch(/\n +at /);
  });

  it.each([
    [['stauts'], /unknown command 'stauts' \(Did you mean status\?\)/],
    [['get'], /missing required argument 'id'/],
    [['get', 'x', '-V'], /unknown option '-V'/],
    [['get', 'x', '--jsn'], /unknown option '--jsn' \(Did you mean --json\?\)/],
  ])('refuses %j as a mistake of the caller', async (argv, message) => {
    const outcome = await runFake(argv);
    expect(outcome).toMatchObject({ exit: 64, out: '' });
    expect(outcome.err).toMatch(message);
  });

  it('shows help when called with nothing, and on demand', async () => {
    expect((await runFake([])).err).toMatch(/^Usage: precedent/);
    expect(await runFake(['--help'])).toMatchObject({ exit: 0, err: '' });
    expect((await runFake(['help', 'submit'])).out).toMatch(/^Usage: precedent submit/);
    expect((await runFake(['help', 'exit-codes'])).out).toMatch(/^69 +ENGINE_NOT_RUNNING, /m);
    expect((await runFake(['help', 'sbmit'])).err).toContain('did you mean submit?');
  });

  it('shows help of a group and of one of its commands', async () => {
    expect((await runFake(['help', 'history'])).out).toMatch(/^Usage: precedent history.*^ +list /ms);
    // Without a command it is the history service, and takes nothing else.
    expect(await runFake(['history', 'lst'])).toMatchObject({
      exit: 64,
      err: expect.stringContaining('precedent help history') as string,
    });
    expect((await runFake(['help', 'history', 'list'])).out).toMatch(/^Usage: precedent history list/);
    expect((await runFake(['help', 'history', 'lst'])).err).toContain('no help on lst; did you mean list?');
    expect((await runFake(['help', 'zzzzzz'])).err).toContain('`precedent help` shows what there is');
  });

  it('reports a usage error with the right help page, and as JSON with --json', async () => {
    const hintOf = async (...argv: string[]) => /`(.*)`/.exec((await runFake(argv)).err)?.[1];
    expect(await hintOf('-u', 'nats://x', 'get')).toBe('precedent help get');
    expect(await hintOf('history', 'get')).toBe('precedent help history get');
    expect(await hintOf('nosuchthing')).toBe('precedent help');
    const { exit, err } = await runFake(['--json']);
    expect(exit).toBe(64);
    expect(JSON.parse(err)).toEqual({ error: { code: 'INVALID_REQUEST', message: 'a command is expected' } });
  });

  it.each([
    [['get']],
    [['get', 'x', '--nope']],
    [['list', '--limit', '0']],
    [['list', '--state', 'runing']],
    [['submit', '--band', 'urgent', 'a']],
    [['submit', '--label', 'x', 'a']],
    [['watch', '--event', 'faild']],
    [['up', '--port', '70000']],
    [['history', 'list', '--since', 'yesterday']],
    [['failures', '--since', 'soon']],
    [['search', 'x', '--limit', '99']],
    [['preempt', 'a']],
    [['help', 'zzz']],
  ])('exits with 64 for every mistake in the command line: %j', async (argv) => {
    expect(await runFake(argv, { client: {} })).toMatchObject({ exit: 64, out: '' });
  });

  it('exits with 66 for an unknown id, whatever the command', async () => {
    const unknown = () => Promise.reject(new AppError('TASK_NOT_FOUND', 'no task has the id'));
    const id = '01M8M92R9NC468FS22XPMFVN3K';
    const client = {
      get: unknown,
      why: unknown,
      cancel: unknown,
      delete: unknown,
      decisions: async () => [],
      search: { seen: unknown, diff: unknown, predict: unknown },
      history: { get: unknown },
      async *logs() {
        yield* [];
      },
    };
    const commands = [['get'], ['why'], ['cancel'], ['delete'], ['logs'], ['seen'], ['diff'], ['predict']];
    for (const command of [...commands, ['history', 'get'], ['replay']])
      expect([command, (await runFake([...command, id], { client })).exit]).toEqual([command, 66]);
    expect((await runFake(['delete', id, `${id.slice(0, -1)}M`], { client })).exit).toBe(66);
  });
});
