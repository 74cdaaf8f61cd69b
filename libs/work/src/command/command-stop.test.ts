import type { StopRequest } from '@precedent/contract-types';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, test } from 'vitest';
import { isAppError } from '@precedent/kernel';
import { anAttempt } from '../testing/attempt.ts';
import { lifelines } from '../testing/lifelines.ts';
import { commandExecutor } from './command.executor.ts';
import { statOf } from './procfs.ts';

const node = process.execPath;
const cancelled = (graceMs: number): StopRequest => ({ reason: 'cancelled', graceMs });
/** Longer than any test: what depends on it would time out. */
const LONG_MS = 600_000;
const failureOf = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (!isAppError(error)) throw new Error('expected a failure', { cause: error });
  return error;
};
/** A zombie counts as dead, also when its parent never reaps it. */
const isAlive = (pid: number): boolean => statOf(pid) !== undefined;
/** A server that a command waits at: it closes the connection when the gate is opened. */
const aGate = async () => {
  const arrived = Promise.withResolvers<Socket>();
  const server = createServer((socket) => arrived.resolve(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: String((server.address() as AddressInfo).port),
    open: async () => void (await arrived.promise).end(),
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  };
};
/** Node source that starts another node in the background. */
const starts = (source: string, options = '{ stdio: "ignore" }'): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(source)}], ${options}).unref();`;

test.each([
  ['cancelled', 'CANCELLED'],
  ['timeout', 'ATTEMPT_TIMEOUT'],
  ['lease_lost', 'STALE_EPOCH'],
  ['shutdown', 'WORKER_LOST'],
] as const)('a stop because of %s ends the command and fails with %s', async (reason, code) => {
  const attempt = anAttempt({ command: 'echo ready; sleep 1000' });
  const failed = failureOf(attempt.run(commandExecutor()));
  await attempt.logged('stdout', 'ready');
  attempt.stop({ reason, graceMs: LONG_MS });
  const error = await failed;
  expect(error.code).toBe(code);
  expect(error.extras.details).toMatchObject({ signal: 'SIGTERM', stdout: 'ready\n' });
});

test('a command may clean up within its grace', async () => {
  const attempt = anAttempt({
    command: 'trap "echo cleaned; exit 0" TERM; echo ready; while :; do sleep 0.01; done',
  });
  const failed = failureOf(attempt.run(commandExecutor()));
  await attempt.logged('stdout', 'ready');
  attempt.stop(cancelled(LONG_MS));
  expect((await failed).code).toBe('CANCELLED');
  expect(attempt.text('stdout')).toBe('ready\ncleaned\n');
  expect(attempt.text('log')).toBe('');
});

test('a command that ignores SIGTERM is killed after its grace, with all its descendants', async () => {
  await using lines = await lifelines();
  const grandchild = starts(lines.source('grandchild', 'deaf'));
  const attempt = anAttempt({ command: node, args: ['-e', lines.source('child', 'deaf') + grandchild] });
  const failed = failureOf(attempt.run(commandExecutor()));
  const pids = await Promise.all([lines.joined('child'), lines.joined('grandchild')]);
  attempt.stop(cancelled(100));
  const error = await failed;
  expect(pids.map(isAlive)).toEqual([false, false]);
  expect(error.extras.details).toMatchObject({ signal: 'SIGKILL' });
  expect(attempt.text('log')).toContain('did not end within 100 ms and was killed');
});

test('the grace is for the descendants too: a child that ends at SIGTERM does not leave one that ignores it', async () => {
  await using lines = await lifelines();
  const source = lines.source('child') + starts(lines.source('grandchild', 'deaf'));
  const attempt = anAttempt({ command: node, args: ['-e', source] });
  const failed = failureOf(attempt.run(commandExecutor()));
  const [, pid] = await Promise.all([lines.joined('child'), lines.joined('grandchild')]);
  attempt.stop(cancelled(300));
  await failed;
  expect(isAlive(pid)).toBe(false);
});

test('a descendant that needs its grace gets it, although the command itself ended at once', async () => {
  const cleansUp = 'trap "sleep 0.1; echo cleaned; exit 0" TERM; echo ready; while :; do sleep 0.01; done';
  const attempt = anAttempt({ command: `(${cleansUp}) & wait` });
  const failed = failureOf(attempt.run(commandExecutor()));
  await attempt.logged('stdout', 'ready');
  attempt.stop(cancelled(LONG_MS));
  expect((await failed).extras.details).toMatchObject({ signal: 'SIGTERM' });
  expect(attempt.text('stdout')).toBe('ready\ncleaned\n');
});

test('a process that is stopped by SIGSTOP ends like any other', async () => {
  const attempt = anAttempt({ command: 'echo ready; kill -STOP $$' });
  const failed = failureOf(attempt.run(commandExecutor()));
  await attempt.logged('stdout', 'ready');
  attempt.stop(cancelled(LONG_MS));
  expect((await failed).code).toBe('CANCELLED');
});

test('what a command leaves in the background is ended, and the log says so', async () => {
  await using lines = await lifelines();
  const waits = `require('node:net').connect(process.env.GATE).on('close', () => process.exit(0));`;
  await using gate = await aGate();
  const source = starts(lines.source('left', 'deaf')) + waits;
  const attempt = anAttempt({ command: node, args: ['-e', source], env: { GATE: gate.port } });
  const ran = attempt.run(commandExecutor({ naturalMs: 1, leftoverGraceMs: 20 }));
  const left = await lines.joined('left');
  await gate.open();
  expect(await ran).toMatchObject({ exitCode: 0 });
  expect(isAlive(left)).toBe(false);
  expect(attempt.text('log')).toMatch(/^the command left processes behind; they were ended: \w+ \(\d+\)\n$/);
  expect(attempt.text('log')).toContain(`(${left})`);
});

test('what ends by itself right after the command is not a leftover', async () => {
  const attempt = anAttempt({ command: '(sleep 0.05; echo late) & exit 0' });
  await attempt.run(commandExecutor({ naturalMs: LONG_MS }));
  expect(attempt.text('stdout')).toBe('late\n');
  expect(attempt.text('log')).toBe('');
});

test.skipIf(process.platform !== 'linux')('a daemon in a session of its own is ended as well', async () => {
  await using lines = await lifelines();
  const daemon = starts(lines.source('daemon', 'deaf'), '{ stdio: "ignore", detached: true }');
  const attempt = anAttempt({ command: node, args: ['-e', lines.source('child') + daemon] });
  const failed = failureOf(attempt.run(commandExecutor({ leftoverGraceMs: 20 })));
  const [child, pid] = await Promise.all([lines.joined('child'), lines.joined('daemon')]);
  process.kill(child, 'SIGINT');
  expect((await failed).message).toBe('command was killed by SIGINT');
  expect(isAlive(pid)).toBe(false);
  expect(attempt.text('log')).toContain('left processes behind');
});

test('a descendant that threw its environment away is found in the process group', async () => {
  await using lines = await lifelines();
  const detached = starts(lines.source('bare', 'deaf'), '{ stdio: "ignore", env: {} }');
  const attempt = anAttempt({ command: node, args: ['-e', lines.source('child') + detached] });
  const failed = failureOf(attempt.run(commandExecutor()));
  const [, pid] = await Promise.all([lines.joined('child'), lines.joined('bare')]);
  attempt.stop(cancelled(50));
  await failed;
  expect(isAlive(pid)).toBe(false);
});

test('an attempt that is stopped before its start starts nothing', async () => {
  const attempt = anAttempt({ command: 'echo never' });
  attempt.stop(cancelled(0));
  expect((await failureOf(attempt.run(commandExecutor()))).code).toBe('CANCELLED');
  expect(attempt.lines).toEqual([]);
});

test('without grace the command is killed at once', async () => {
  const attempt = anAttempt({ command: 'trap "" TERM; echo ready; while :; do sleep 1000; done' });
  const failed = failureOf(attempt.run(commandExecutor()));
  await attempt.logged('stdout', 'ready');
  attempt.stop(cancelled(0));
  expect((await failed).extras.details).toMatchObject({ signal: 'SIGKILL' });
});
