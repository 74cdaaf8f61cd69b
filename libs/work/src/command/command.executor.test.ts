import type { Job } from '@precedent/contract-types';
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAppError } from '@precedent/kernel';
import { anAttempt } from '../testing/attempt.ts';
import { commandExecutor } from './command.executor.ts';
import type { CommandOptions } from './command.executor.ts';
import type { CommandResult } from './verdict.ts';

const run = async (task: Job['task'], options: CommandOptions = {}) => {
  const attempt = anAttempt(task);
  const result = (await attempt.run(commandExecutor(options))) as CommandResult;
  return { attempt, result };
};

const failureOf = async (task: Job['task'], options: CommandOptions = {}) => {
  const error: unknown = await run(task, options).catch((thrown: unknown) => thrown);
  if (!isAppError(error)) throw new Error('expected a failure', { cause: error });
  return error;
};

const folder = async () => {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'precedent-work-')));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

test('without args a command goes through the shell', async () => {
  const { attempt, result } = await run({ command: 'echo out; echo err >&2; echo $((6 * 7))' });
  expect(attempt.text('stdout')).toBe('out\n42\n');
  expect(attempt.text('stderr')).toBe('err\n');
  expect(result).toMatchObject({
    exitCode: 0,
    signal: null,
    durationMs: expect.any(Number),
    stdout: 'out\n42\n',
    stderr: 'err\n',
    bytes: { stdout: 7, stderr: 4 },
    truncated: false,
  });
});

test('with args nothing is interpreted', async () => {
  const args = ['%s|', '$HOME', '; exit 3', 'a b', '', '*'];
  const { attempt } = await run({ command: 'printf', args });
  expect(attempt.text('stdout')).toBe('$HOME|; exit 3|a b||*|');
});

test('with an empty list of args the command is a program, not a script', async () => {
  expect((await failureOf({ command: 'exit 0', args: [] })).code).toBe('COMMAND_NOT_FOUND');
});

test('an exit code other than 0 is a failure that carries the result', async () => {
  const error = await failureOf({ command: 'echo so far; exit 3' });
  expect(error.code).toBe('COMMAND_FAILED');
  expect(error.message).toBe('command exited with code 3');
  expect(error.extras.details).toMatchObject({ exitCode: 3, signal: null, stdout: 'so far\n' });
});

test('death by a signal is a failure that names it', async () => {
  const error = await failureOf({ command: 'kill -SEGV $$' });
  expect(error.message).toBe('command was killed by SIGSEGV');
  expect(error.extras.details).toMatchObject({ exitCode: null, signal: 'SIGSEGV' });
});

test('a program that does not exist is not found, by the shell or by the worker', async () => {
  const direct = await failureOf({ command: 'no-such-program-here', args: ['x'] });
  expect(direct.code).toBe('COMMAND_NOT_FOUND');
  expect(direct.message).toContain('program no-such-program-here was not found at PATH');
  const byShell = await failureOf({ command: 'no-such-program-here x' });
  expect(byShell.code).toBe('COMMAND_NOT_FOUND');
  expect(byShell.message).toBe('command exited with code 127: a program was not found');
});

test.each([[{}], [{ endWithWorker: false }]])(
  'a script whose interpreter is missing is not found (%j)',
  async (options) => {
    await using dir = await folder();
    const script = join(dir.path, 'script');
    await writeFile(script, '#!/no/such/interpreter\n');
    await chmod(script, 0o755);
    expect((await failureOf({ command: script, args: [] }, options)).code).toBe('COMMAND_NOT_FOUND');
  },
);

test('a file that is not executable says so', async () => {
  await using dir = await folder();
  await writeFile(join(dir.path, 'notes.txt'), 'hello');
  const direct = await failureOf({ command: './notes.txt', args: [], cwd: dir.path });
  expect(direct.code).toBe('COMMAND_FAILED');
  expect(direct.message).toMatch(/^program \.\/notes\.txt cannot be run: .* is not an executable file$/);
  const byShell = await failureOf({ command: './notes.txt', cwd: dir.path });
  expect(byShell.message).toBe('command exited with code 126: a program was found but could not be run');
});

test('it runs in its cwd; a relative one starts from the folder of the executor', async () => {
  await using dir = await folder();
  const { attempt } = await run({ command: 'pwd', cwd: '.' }, { cwd: dir.path });
  expect(attempt.text('stdout')).toBe(`${dir.path}\n`);
});

test('a cwd that does not exist, or is no directory, is named', async () => {
  const missing = await failureOf({ command: 'pwd', cwd: '/no/such/folder' });
  expect(missing.message).toBe('working directory /no/such/folder does not exist on the worker');
  expect(missing.extras.details).toMatchObject({ retryable: false });
  const file = await failureOf({ command: 'pwd', cwd: process.execPath });
  expect(file.message).toBe(`working directory ${process.execPath} is not a directory`);
});

test('the environment is the task and the attempt, not the secrets of the worker', async () => {
  const task = { command: 'env', env: { COLOUR: 'blue = green' }, traceparent: '00-aa-bb-01' };
  const { attempt } = await run(task, {
    env: { PATH: process.env['PATH'], NATS_TOKEN: 's3cret', LANG: 'C' },
  });
  const lines = attempt.text('stdout').split('\n');
  expect(lines).toEqual(expect.arrayContaining(['COLOUR=blue = green', 'LANG=C', 'TRACEPARENT=00-aa-bb-01']));
  expect(lines).toEqual(
    expect.arrayContaining(['PRECEDENT_TASK_ID=task-1', 'PRECEDENT_ATTEMPT=2', 'PRECEDENT_EPOCH=7']),
  );
  expect(attempt.text('stdout')).not.toContain('s3cret');
});

test('its input is at its end', async () => {
  const { result } = await run({ command: 'cat; echo done' });
  expect(result.stdout).toBe('done\n');
});

test('a command that writes nothing has an empty log', async () => {
  const { attempt, result } = await run({ command: 'true', args: [] });
  expect(attempt.lines).toEqual([]);
  expect(result).toMatchObject({ stdout: '', stderr: '', bytes: { stdout: 0, stderr: 0 } });
});

test('a flood of output is counted, logged up to the limit, and does not delay the command', async () => {
  const { attempt, result } = await run({ command: 'yes | head -c 100000000; echo end >&2' });
  expect(result.bytes).toEqual({ stdout: 100_000_000, stderr: 4 });
  expect(result.truncated).toBe(true);
  expect(Buffer.byteLength(attempt.text('stdout'))).toBe(1024 * 1024);
  expect(result.stdout).toHaveLength(4096);
  expect(result.stderr).toBe('end\n');
  expect(attempt.lines.filter(({ stream }) => stream === 'log')).toHaveLength(1);
  for (const { text } of attempt.lines) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32 * 1024);
});

test('bytes that are not UTF-8 do no harm', async () => {
  const { attempt, result } = await run({ command: String.raw`printf 'a\377\376b\n'` });
  expect(attempt.text('stdout')).toBe('a\ufffd\ufffdb\n');
  expect(result.bytes.stdout).toBe(5);
});

test('output reaches the log while the command runs', async () => {
  await using dir = await folder();
  const go = join(dir.path, 'go');
  const attempt = anAttempt({ command: `echo started; while [ ! -e ${go} ]; do sleep 0.01; done` });
  const ran = attempt.run(commandExecutor());
  await attempt.logged('stdout', 'started\n');
  await writeFile(go, '');
  await ran;
});

test('a long list of arguments arrives whole', async () => {
  const args = [
    '-e',
    'console.log(process.argv.slice(1).join("").length)',
    ...Array<string>(900).fill('x'.repeat(300)),
  ];
  const { result } = await run({ command: process.execPath, args });
  expect(result.stdout).toBe('270000\n');
});

test('an argument that the system cannot take is a clear failure', async () => {
  const tooLong = await failureOf({ command: 'true', args: ['x'.repeat(200_000)] });
  expect(tooLong.code).toBe('COMMAND_FAILED');
  expect(tooLong.message).toContain('longer than the system allows (E2BIG)');
  expect(tooLong.extras.details).toMatchObject({ retryable: false });
  expect((await failureOf({ command: 'true', args: ['a\0b'] })).code).toBe('INVALID_TASK');
});

test('a task without a command is not valid', async () => {
  const error = await failureOf({});
  expect(error.code).toBe('INVALID_TASK');
  expect(error.extras.issues).toEqual([{ field: 'command', message: 'expected a command; got none' }]);
});

test('a PATH of the task that leads nowhere does not hide the shell', async () => {
  const { result } = await run({ command: 'echo ok', env: { PATH: '/nowhere' } });
  expect(result.stdout).toBe('ok\n');
});
