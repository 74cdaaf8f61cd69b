import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { Probe, isAppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startChild } from './child.ts';
import type { ChildOptions } from './child.ts';
import { isAlive, identityOf } from './process-identity.ts';

const HERE = import.meta.dirname;

/** Node arguments of a child that runs `body`, with the functions of a child at hand. */
const scriptOf = (body: string): string[] => {
  const imports = `import { announceFailed, announceProgress, announceReady, exitWithParent } from ${from('parent.ts')};
    import { onStopSignals } from ${from('signals.ts')};
    import { AppError } from '@precedent/kernel';
    const stayUp = () => setInterval(() => undefined, 1e6);`;
  return ['--conditions=precedent:source', '--input-type=module', '-e', `${imports}\n${body}`];
};
const from = (file: string): string => JSON.stringify(path.join(HERE, file));

const start = async (body: string, options: Partial<ChildOptions> = {}) => {
  const child = await startChild({ name: 'engine', args: scriptOf(body), env: process.env, ...options });
  onTestFinished(() => child.stop({ stopMs: 0, forceMs: 0 }));
  return child;
};

const problemFrom = async (failing: Promise<unknown>) => {
  const error: unknown = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isAppError(error)) throw new Error('an AppError was expected', { cause: error });
  return error.toProblem();
};

describe('startChild', () => {
  it('resolves with what the child announced', async () => {
    const child = await start(`announceReady({ url: 'nats://x', seq: 7 }); stayUp();`);
    expect(child.fields).toEqual({ url: 'nats://x', seq: 7 });
    const identity = identityOf(child.pid);
    await child.stop({ stopMs: 5_000, forceMs: 0 });
    expect(identity && isAlive(identity)).toBe(false);
    expect(await child.exited).toMatchObject({ signal: 'SIGTERM' });
  });

  it('bounds what new objects and freed blocks take, unless the environment says otherwise', async () => {
    const body = `const { execArgv, env } = process;
      announceReady({ execArgv, threshold: env.MALLOC_MMAP_THRESHOLD_ }); stayUp();`;
    const { fields } = await start(body);
    expect(fields).toMatchObject({
      execArgv: expect.arrayContaining(['--max-semi-space-size=16']),
      threshold: '131072',
    });
    const other = await start(body, { env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '65536' } });
    expect(other.fields).toMatchObject({ threshold: '65536' });
  });

  it('rejects with the problem that the child announced, and leaves no process', async () => {
    const body = `announceFailed(new AppError('CELL_OWNED', 'engine a owns cell main', { details: { owner: 'a' } })); stayUp();`;
    expect(await problemFrom(start(body))).toEqual({
      code: 'CELL_OWNED',
      message: 'engine a owns cell main',
      details: { owner: 'a' },
    });
  });

  it('rejects with the last lines of a child that ends before it is ready', async () => {
    const problem = await problemFrom(
      start(`console.log('hello'); console.error('oh no'); process.exit(7);`),
    );
    expect(problem).toEqual({
      code: 'INTERNAL',
      message: 'the engine ended before it was ready, with exit code 7: oh no',
      details: { lines: ['hello', 'oh no'] },
    });
  });

  it('gives up on a child that goes quiet, but not on one that says what it does', async () => {
    const problem = await problemFrom(start('stayUp();', { readyTimeoutMs: 50 }));
    expect(problem.message).toBe('the engine was not ready within 50 ms');
    const said: string[] = [];
    await start(`announceProgress('replaying'); announceReady(); stayUp();`, {
      onProgress: (text) => said.push(text),
    });
    expect(said).toEqual(['replaying']);
  });

  it('can be stopped before it is ready', async () => {
    const cancel = new AbortController();
    const starting = start(`announceProgress('here'); stayUp();`, {
      signal: cancel.signal,
      onProgress: () => cancel.abort(),
    });
    expect(await problemFrom(starting)).toEqual({
      code: 'CANCELLED',
      message: 'the start of the engine was cancelled',
    });
    expect((await problemFrom(start('stayUp();', { signal: cancel.signal }))).code).toBe('CANCELLED');
  });

  it('passes on every line', async () => {
    const lines = new Probe<string>();
    lines.arm();
    await start(`announceReady(); console.log('one\\ntwo'); stayUp();`, {
      onLine: (line) => lines.hit(line),
    });
    expect([await lines.next(), await lines.next()]).toEqual(['one', 'two']);
  });

  it('sends a second signal after the time to stop, which means: at once', async () => {
    const body = `onStopSignals({ stop: () => console.log('stopping'), force: () => process.exit(9) }); announceReady(); stayUp();`;
    const child = await start(body);
    await child.stop({ stopMs: 50, forceMs: 10_000 });
    expect(await child.exited).toEqual({ code: 9, signal: null, lines: ['stopping'] });
  });

  it('kills a child that ignores every signal, with what it started', async () => {
    const body = `import { spawn } from 'node:child_process';
      const grandchild = spawn('sleep', ['1000'], { stdio: 'inherit' });
      onStopSignals({ stop: () => undefined, force: () => undefined });
      announceReady({ grandchild: grandchild.pid }); stayUp();`;
    const child = await start(body);
    const identity = identityOf(Number(child.fields['grandchild']));
    expect(identity).toBeDefined();
    await child.stop({ stopMs: 20, forceMs: 20 });
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(identity && isAlive(identity)).toBe(false);
  });

  it('may be stopped again with shorter limits, and gets each signal once', async () => {
    const body = `const signals = [];
      const note = (signal) => { signals.push(signal); console.log(signals.join(' ')); };
      onStopSignals({ stop: note, force: note });
      announceReady(); stayUp();`;
    const lines = new Probe<string>();
    lines.arm();
    const child = await start(body, { onLine: (line) => lines.hit(line) });
    const slow = child.stop({ stopMs: 60_000, forceMs: 60_000 });
    expect(await lines.next()).toBe('SIGTERM');
    const faster = [0, 1, 2].map(() => child.stop({ stopMs: 0, forceMs: 60_000 }));
    expect(await lines.next()).toBe('SIGTERM SIGINT');
    await child.stop({ stopMs: 0, forceMs: 20 });
    await Promise.all([slow, ...faster]);
    expect(await child.exited).toEqual({
      code: null,
      signal: 'SIGKILL',
      lines: ['SIGTERM', 'SIGTERM SIGINT'],
    });
  });
});

describe('exitWithParent', () => {
  /** A server that a program calls at its start: the end of the connection is the end of the program. */
  const listener = async () => {
    const address = path.join(mkdtempSync(path.join(tmpdir(), 'precedent-child-')), 'socket');
    const server = createServer().listen(address);
    onTestFinished(() => {
      server.close();
      rmSync(path.dirname(address), { recursive: true });
    });
    await once(server, 'listening');
    const lastWords = once(server, 'connection').then((args: unknown[]) => text(args[0] as Socket));
    return { address, lastWords };
  };

  it('ends the child in good order when its parent is killed', async () => {
    const { address, lastWords } = await listener();
    const childBody = `import { connect } from 'node:net';
      const line = connect(${JSON.stringify(address)}, () => announceReady());
      exitWithParent(() => new Promise((done) => line.write('bye', done))); stayUp();`;
    const args = JSON.stringify(scriptOf(childBody));
    const parentBody = `import { startChild } from ${from('child.ts')};
      await startChild({ name: 'child', args: ${args}, env: process.env }); announceReady(); stayUp();`;
    const parent = await start(parentBody);
    process.kill(parent.pid, 'SIGKILL');
    expect(await lastWords).toBe('bye');
  });

  it('does nothing in a program that was started by hand', () => {
    const body = `exitWithParent(); announceReady(); process.exitCode = 4;`;
    expect(spawnSync(process.execPath, scriptOf(body), { cwd: HERE }).status).toBe(4);
  });
});
