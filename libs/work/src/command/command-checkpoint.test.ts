import type { Job, StopRequest } from '@precedent/contract-types';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAppError } from '@precedent/kernel';
import { anAttempt, resumeAfter } from '../testing/attempt.ts';
import type { AttemptOptions } from '../testing/attempt.ts';
import { errorOf, folder, savedFile } from '../testing/checkpoints.ts';
import { commandExecutor } from './command.executor.ts';
import type { CommandOptions } from './command.executor.ts';

/** Longer than any test: what depends on it would time out. */
const LONG_MS = 600_000;
const stop = (reason: StopRequest['reason'], graceMs = LONG_MS): StopRequest => ({ reason, graceMs });

describe('an exit with code 75', () => {
  const run = (task: Job['task'], options: CommandOptions = {}, attemptOptions: AttemptOptions = {}) => {
    const attempt = anAttempt(task, {}, attemptOptions);
    return { attempt, ended: errorOf(attempt.run(commandExecutor(options))) };
  };
  const saving = 'echo some > "$PRECEDENT_CHECKPOINT_DIR/work"; exit 75';

  test('without a request: the task goes on later, from what it saved', async () => {
    const { attempt, ended } = run({ command: saving });
    expect(await ended).toMatchObject({ name: 'YieldSignal', request: undefined });
    expect(savedFile(attempt, 'work')).toBe('some\n');
  });

  test('with nothing saved, or the same as before, is a failure like any other', async () => {
    const { attempt, ended } = run({ command: 'exit 75' });
    expect(await ended).toMatchObject({
      code: 'COMMAND_FAILED',
      message: 'command exited with code 75 (to go on later), but kept nothing new to go on from',
      extras: { details: { exitCode: 75 } },
    });
    expect(attempt.checkpoints).toEqual([]);
    const first = run({ command: saving });
    await first.ended;
    const second = run({ command: saving }, {}, resumeAfter(first.attempt));
    expect(await second.ended).toMatchObject({ code: 'COMMAND_FAILED' });
    expect(second.attempt.checkpoints).toEqual([]);
  });

  test('with nothing saved, but requested to yield, starts again from zero', async () => {
    const { attempt, ended } = run({
      command: 'while [ ! -e "$PRECEDENT_CHECKPOINT_DIR/.yield" ]; do sleep 0.01; done; exit 75',
    });
    attempt.yield();
    expect((await ended).name).toBe('YieldSignal');
    expect(attempt.checkpoints).toEqual([]);
  });

  test('with more files than a checkpoint may have is logged, and resumed from its last checkpoint', async () => {
    const large = 'head -c 3000 /dev/zero > "$PRECEDENT_CHECKPOINT_DIR/work"';
    const requested = `echo ready; while [ ! -e "$PRECEDENT_CHECKPOINT_DIR/.yield" ]; do sleep 0.01; done; ${large}; exit 75`;
    const first = run({ command: requested }, { checkpointBytes: 3_000 });
    await first.attempt.logged('stdout', 'ready');
    first.attempt.yield();
    expect((await first.ended).name).toBe('YieldSignal');
    expect(first.attempt.checkpoints).toEqual([]);
    expect(first.attempt.text('log')).toBe(
      'the checkpoint was not kept: it takes 4102 of 3000 bytes at most\n',
    );
    const second = run({ command: `${large}; exit 75` }, { checkpointBytes: 3_000 });
    expect(await second.ended).toMatchObject({ code: 'COMMAND_FAILED' });
  });

  test('that the engine refuses: the log says so', async () => {
    const save = () => Promise.reject(new Error('lease 7 has ended'));
    const { attempt, ended } = run({ command: saving }, {}, { save });
    expect(await ended).toMatchObject({ code: 'COMMAND_FAILED' });
    expect(attempt.text('log')).toBe('the checkpoint was not kept: lease 7 has ended\n');
  });

  test('within the grace of a stop is saved when the task goes on, and not when the task is over', async () => {
    const saves = `trap 'echo saved > "$PRECEDENT_CHECKPOINT_DIR/work"; exit 75' TERM; echo ready; while :; do sleep 0.01; done`;
    const stoppedBy = async (reason: StopRequest['reason']) => {
      const { attempt, ended } = run({ command: saves });
      await attempt.logged('stdout', 'ready');
      attempt.stop(stop(reason));
      return { error: await ended, saved: attempt.checkpoints.length };
    };
    expect(await stoppedBy('preempted')).toMatchObject({ error: { name: 'YieldSignal' }, saved: 1 });
    expect(await stoppedBy('shutdown')).toMatchObject({ error: { request: { reason: 'drain' } }, saved: 1 });
    expect(await stoppedBy('timeout')).toMatchObject({ error: { code: 'ATTEMPT_TIMEOUT' }, saved: 1 });
    expect(await stoppedBy('cancelled')).toMatchObject({ error: { code: 'CANCELLED' }, saved: 0 });
    expect(await stoppedBy('lease_lost')).toMatchObject({ error: { code: 'STALE_EPOCH' }, saved: 0 });
  });

  test('does not wait for ever for an engine that does not answer: a stop and its grace end it', async () => {
    const { attempt, ended } = run(
      { command: `${saving}` },
      {},
      { save: () => new Promise(() => undefined) },
    );
    attempt.stop(stop('timeout', 200));
    expect(await ended).toMatchObject({ code: 'ATTEMPT_TIMEOUT' });
  });
});

describe('a request to yield', () => {
  test('sends no signal to a command that did not ask for one', async () => {
    const attempt = anAttempt({
      command:
        'echo ready; while [ ! -e "$PRECEDENT_CHECKPOINT_DIR/.yield" ]; do sleep 0.01; done; echo done',
    });
    const ran = attempt.run(commandExecutor());
    await attempt.logged('stdout', 'ready');
    attempt.yield();
    expect(await ran).toMatchObject({ exitCode: 0, stdout: 'ready\ndone\n' });
  });

  test('goes to the command itself, not to others of its group, which it would end', async () => {
    const child = 'echo ready; while [ ! -e go ]; do sleep 0.01; done; exit 3';
    const script = `cd "$PRECEDENT_CHECKPOINT_DIR"
      trap ': > go; wait $!; echo "child $?"; exit 75' USR1; sh -c '${child}' & wait $!`;
    const attempt = anAttempt({ command: script, env: { PRECEDENT_SAVE_SIGNAL: 'SIGUSR1' } });
    const ended = errorOf(attempt.run(commandExecutor()));
    await attempt.logged('stdout', 'ready');
    attempt.yield();
    expect((await ended).name).toBe('YieldSignal');
    expect(attempt.text('stdout')).toBe('ready\nchild 3\n');
  });

  test('that ends a command which does not handle the signal yet is no failure, and its files are not saved', async () => {
    const attempt = anAttempt({
      command: 'echo half > "$PRECEDENT_CHECKPOINT_DIR/work"; echo ready; exec sleep 1000',
      env: { PRECEDENT_SAVE_SIGNAL: 'USR1' },
    });
    const ended = errorOf(attempt.run(commandExecutor()));
    await attempt.logged('stdout', 'ready');
    attempt.yield();
    expect((await ended).name).toBe('YieldSignal');
    expect(attempt.checkpoints).toEqual([]);
  });

  test.each(['KILL', 'STOP', 'usr1', '10'])('by signal %s is refused', async (name) => {
    const error = await errorOf(
      anAttempt({ command: 'true', env: { PRECEDENT_SAVE_SIGNAL: name } }).run(commandExecutor()),
    );
    expect(error).toMatchObject({
      code: 'INVALID_TASK',
      message: `env.PRECEDENT_SAVE_SIGNAL: expected one of USR1, USR2, HUP, INT, TERM, WINCH; got ${name}`,
    });
  });
});

describe('a commit', () => {
  const commit = 'echo "$i" > n; : > .commit; while [ -e .commit ]; do sleep 0.005; done';
  const inDir = 'cd "$PRECEDENT_CHECKPOINT_DIR"';

  test('is durable when the file is gone, and no more often than the limit', async () => {
    const times: number[] = [];
    const save = (): Promise<void> => {
      times.push(performance.now());
      return Promise.resolve();
    };
    const attempt = anAttempt(
      { command: `${inDir}; for i in 1 2 3 4; do ${commit}; echo "kept $i"; done` },
      {},
      { save },
    );
    const result = await attempt.run(commandExecutor({ commitEveryMs: 100 }));
    expect(result).toMatchObject({ exitCode: 0, stdout: 'kept 1\nkept 2\nkept 3\nkept 4\n' });
    expect([0, 1, 2, 3].map((at) => savedFile(attempt, 'n', at))).toEqual(['1\n', '2\n', '3\n', '4\n']);
    // Three intervals of 100 ms; what the reading of the folder takes goes into the first and comes off the last.
    expect((times[3] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(200);
  });

  test('that is not durable yet has its file: the command waits', async () => {
    await using dir = await folder();
    const [requested, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const save = (): Promise<void> => {
      requested.resolve();
      return go.promise;
    };
    const attempt = anAttempt({ command: `${inDir}; i=1; ${commit}; echo kept` }, {}, { save });
    const ran = attempt.run(commandExecutor({ checkpointRoot: dir.path }));
    await requested.promise;
    expect(await readdir(dir.path, { recursive: true })).toContainEqual(expect.stringMatching(/\/\.commit$/));
    expect(attempt.text('stdout')).toBe('');
    go.resolve();
    await ran;
    expect(attempt.text('stdout')).toBe('kept\n');
  });

  test('that is written again while it is served is served again', async () => {
    const [requested, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const save = (): Promise<void> => {
      requested.resolve();
      return go.promise;
    };
    const again = `${inDir}; echo 1 > n; : > .commit; while [ ! -e again ]; do sleep 0.005; done
      echo 2 > n; touch .commit; echo again; while [ -e .commit ]; do sleep 0.005; done`;
    await using dir = await folder();
    const attempt = anAttempt({ command: again }, {}, { save });
    const ran = attempt.run(commandExecutor({ checkpointRoot: dir.path, commitEveryMs: 0 }));
    await requested.promise;
    const [own = ''] = await readdir(dir.path);
    await writeFile(join(dir.path, own, 'again'), '');
    await attempt.logged('stdout', 'again');
    go.resolve();
    await ran;
    expect([0, 1].map((at) => savedFile(attempt, 'n', at))).toEqual(['1\n', '2\n']);
  });

  test('by a file that is moved there counts as well', async () => {
    const attempt = anAttempt({
      command: `${inDir}; echo 1 > n; : > tmp; mv tmp .commit; while [ -e .commit ]; do sleep 0.005; done`,
    });
    await attempt.run(commandExecutor());
    expect(savedFile(attempt, 'n')).toBe('1\n');
  });

  test('that cannot be saved becomes .refused, which the next saved one removes', async () => {
    const script = `${inDir}; head -c 9000 /dev/zero > n; : > .commit; while [ -e .commit ]; do sleep 0.005; done; ls -A
      echo 1 > n; : > .commit; while [ -e .commit ]; do sleep 0.005; done; ls -A`;
    const attempt = anAttempt({ command: script });
    await attempt.run(commandExecutor({ checkpointBytes: 9_000, commitEveryMs: 0 }));
    expect(attempt.text('stdout')).toBe('.refused\nn\nn\n');
    expect(attempt.text('log')).toContain('the checkpoint was not kept: it takes');
    expect(attempt.checkpoints).toHaveLength(1);
  });

  test('is how a command that yields by itself has come further', async () => {
    const attempt = anAttempt({ command: `${inDir}; i=1; ${commit}; exit 75` });
    expect((await errorOf(attempt.run(commandExecutor()))).name).toBe('YieldSignal');
    expect(attempt.checkpoints).toHaveLength(1);
  });
});

describe('a resumed command', () => {
  const facts = 'echo "$PRECEDENT_RESUMED $PRECEDENT_SEGMENT"; ls -A "$PRECEDENT_CHECKPOINT_DIR"';
  const stdoutOf = async (options: AttemptOptions) => {
    const attempt = anAttempt({ command: facts }, {}, options);
    await attempt.run(commandExecutor());
    return attempt;
  };

  test('finds its files, and variables that say that it was resumed and how often', async () => {
    const first = anAttempt({ command: 'cd "$PRECEDENT_CHECKPOINT_DIR"; echo 1 > a; mkdir b; exit 75' });
    await errorOf(first.run(commandExecutor()));
    expect((await stdoutOf(resumeAfter(first, 4))).text('stdout')).toBe('1 5\na\nb\n');
  });

  test('starts from zero, and says so, when the checkpoint is not one of a command', async () => {
    const attempt = await stdoutOf({ resume: { state: { page: 3 }, version: '1', segment: 2 } });
    expect(attempt.text('stdout')).toBe('0 1\n');
    expect(attempt.text('log')).toBe(
      'the checkpoint is not the folder of a command (folder/1); it starts from zero\n',
    );
  });

  test('that was never interrupted has an empty folder of its own', async () => {
    expect((await stdoutOf({})).text('stdout')).toBe('0 1\n');
  });
});

test('the folder is gone when the attempt has ended, however it ended', async () => {
  await using dir = await folder();
  const run = commandExecutor({ checkpointRoot: join(dir.path, 'made', 'when', 'needed') });
  await anAttempt({ command: 'echo 1 > "$PRECEDENT_CHECKPOINT_DIR/a"' }).run(run);
  await errorOf(anAttempt({ command: 'no-such-program', args: [] }).run(run));
  await errorOf(anAttempt({ command: 'mkdir "$PRECEDENT_CHECKPOINT_DIR/a"; exit 1' }).run(run));
  expect(await readdir(join(dir.path, 'made', 'when', 'needed'))).toEqual([]);
});

test('a root that cannot be made is a clear failure', async () => {
  await using dir = await folder();
  await writeFile(join(dir.path, 'file'), '');
  const error = await errorOf(
    anAttempt({ command: 'true' }).run(commandExecutor({ checkpointRoot: join(dir.path, 'file') })),
  );
  expect(isAppError(error) && error.code).toBe('COMMAND_FAILED');
  expect(error.message).toMatch(/^its checkpoint folder cannot be made: EEXIST/);
});
