import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anAttempt, resumeAfter } from '../testing/attempt.ts';
import type { AttemptOptions } from '../testing/attempt.ts';
import { errorOf, folder, savedFile } from '../testing/checkpoints.ts';
import { commandExecutor } from './command.executor.ts';

const node = process.execPath;
/** Longer than any test: what depends on it would time out. */
const LONG_MS = 600_000;

const COUNT_TO = 160;
const numbers = Array.from({ length: COUNT_TO }, (_, i) => `${i + 1}\n`).join('');

/**
 * Writes the numbers into a file of its folder, one every millisecond or so, and goes on where the file ends. No segment gets
 * further than its share.
 */
const counting = (inLoop: string): string => `
  const fs = require('node:fs');
  const dir = process.env.PRECEDENT_CHECKPOINT_DIR;
  const file = dir + '/numbers';
  let n = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\\n').length : 0;
  console.log('from', n);
  const share = process.env.PRECEDENT_SEGMENT * 40;
  const next = () => {
    if (n === share && n < ${COUNT_TO}) return setTimeout(next, 1);
    if (n === ${COUNT_TO}) return fs.copyFileSync(file, process.env.OUT);
    fs.appendFileSync(file, ++n + '\\n');
    if (n % 20 === 0) console.log('at', n);
    ${inLoop}
    setTimeout(next, 1);
  };
  next();`;
const deaf = `process.on('SIGTERM', () => {});`;
const onSignal = `process.on('SIGUSR2', () => process.exit(75));`;

describe('a command that is preempted several times', () => {
  test('ends with exactly the right file: by its signal', async () => {
    await using dir = await folder();
    const out = join(dir.path, 'out');
    const task = {
      command: node,
      args: ['-e', onSignal + counting('')],
      env: { OUT: out, PRECEDENT_SAVE_SIGNAL: 'USR2' },
    };
    const run = commandExecutor({ checkpointRoot: dir.path });
    let options: AttemptOptions = {};
    const starts: string[] = [];
    for (const [segment, at] of ['at 20\n', 'at 60\n', 'at 100\n'].entries()) {
      const attempt = anAttempt(task, {}, options);
      const ended = errorOf(attempt.run(run));
      await attempt.logged('stdout', at);
      attempt.yield();
      expect(await ended).toMatchObject({ name: 'YieldSignal', request: { reason: 'preempted' } });
      starts.push(/from (\d+)/.exec(attempt.text('stdout'))?.[1] ?? '');
      options = resumeAfter(attempt, segment + 1);
      expect(attempt.checkpoints).toHaveLength(1);
      expect(numbers.startsWith(savedFile(attempt, 'numbers') ?? '-')).toBe(true);
    }
    const last = anAttempt(task, {}, options);
    expect(await last.run(run)).toMatchObject({ exitCode: 0 });
    expect(await readFile(out, 'utf8')).toBe(numbers);
    expect(starts[0]).toBe('0');
    expect(Number(starts[1])).toBeGreaterThanOrEqual(20);
    expect(last.text('stdout')).toMatch(/^from 1[0-2]\d\n/);
    expect(await readdir(dir.path)).toEqual(['out']);
  });

  test('ends with exactly the right file: a script that looks for .yield', async () => {
    await using dir = await folder();
    const out = join(dir.path, 'out');
    const script = `cd "$PRECEDENT_CHECKPOINT_DIR"; touch numbers; n=$(wc -l < numbers); echo "from $n"
      while [ $n -lt 60 ]; do
        [ -e .yield ] && exit 75
        n=$((n + 1)); echo $n >> numbers; [ $((n % 20)) -ne 0 ] || echo "at $n"; sleep 0.002
      done; cp numbers ${out}`;
    let options: AttemptOptions = {};
    for (const at of ['at 20\n', 'at 40\n']) {
      const attempt = anAttempt({ command: script }, {}, options);
      const ended = errorOf(attempt.run(commandExecutor()));
      await attempt.logged('stdout', at);
      attempt.yield({ reason: 'drain', deadlineMs: LONG_MS });
      expect(await ended).toMatchObject({ name: 'YieldSignal', request: { reason: 'drain' } });
      options = resumeAfter(attempt);
    }
    await anAttempt({ command: script }, {}, options).run(commandExecutor());
    expect(await readFile(out, 'utf8')).toBe(numbers.slice(0, numbers.indexOf('61\n')));
  });

  test('ends with exactly the right file when it is killed, from its last commit', async () => {
    await using dir = await folder();
    const out = join(dir.path, 'out');
    const commits = `if (n % 20 === 0) {
      fs.writeFileSync(dir + '/.commit', '');
      return (function wait() { fs.existsSync(dir + '/.commit') ? setTimeout(wait, 1) : next(); })();
    }`;
    const task = { command: node, args: ['-e', deaf + counting(commits)], env: { OUT: out } };
    const run = commandExecutor({ commitEveryMs: 0 });
    let options: AttemptOptions = {};
    for (const [segment, count] of [1, 2, 1].entries()) {
      const attempt = anAttempt(task, {}, options);
      const ended = errorOf(attempt.run(run));
      await attempt.checkpointed(count);
      attempt.stop({ reason: 'preempted', graceMs: 0 });
      expect(await ended).toMatchObject({ code: 'CANCELLED', extras: { details: { signal: 'SIGKILL' } } });
      options = resumeAfter(attempt, segment + 1);
      expect((savedFile(attempt, 'numbers') ?? '').trim().split('\n').length % 20).toBe(0);
    }
    const last = anAttempt(task, {}, options);
    await last.run(run);
    expect(last.text('stdout')).toMatch(/^from (80|100|120)\n/);
    expect(await readFile(out, 'utf8')).toBe(numbers);
  });
});
