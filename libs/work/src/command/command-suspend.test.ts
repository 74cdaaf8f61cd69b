import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freezerGroup } from '../cgroup/freezer.ts';
import { sweepGroups } from './sweep.ts';
import { ownCgroup } from '../cgroup/own-cgroup.ts';
import { anAttempt } from '../testing/attempt.ts';
import { lifelines } from '../testing/lifelines.ts';
import { commandExecutor } from './command.executor.ts';
import { statOf } from './procfs.ts';
import type { Freezing } from './suspension.ts';

const node = process.execPath;
const LONG_MS = 600_000;
const home = await ownCgroup();

const canFreeze = async (): Promise<boolean> => {
  const probe = freezerGroup(`probe-${process.pid}`);
  const can = await probe.freeze(() => []);
  await probe.remove();
  return can;
};

const modes: Freezing[] =
  process.platform !== 'linux' ? [] : (await canFreeze()) ? ['cgroup', 'signals'] : ['signals'];

/** The group that a process is in. */
const groupOf = (pid: number): string =>
  /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';
const isHeld = (pid: number): boolean => {
  if (statOf(pid)?.state === 'T') return true;
  const name = groupOf(pid).split('/').at(-1) ?? '';
  if (home === undefined || !name.startsWith('precedent-')) return false;
  return readFileSync(join(home.dir, name, 'cgroup.events'), 'utf8').includes('frozen 1');
};
/** Node source by which a command names its attempt. Other tests have groups too. */
const SAYS_RUN = 'console.error(process.env.PRECEDENT_RUN);';
const groupsLeft = async (attempt: ReturnType<typeof anAttempt>): Promise<string[]> => {
  const run = attempt.text('stderr').trim();
  expect(run).toContain(`.${process.pid}.`);
  return home === undefined ? [] : (await readdir(home.dir)).filter((name) => name.includes(run));
};

const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'precedent-suspend-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};
/** Node source that starts another node. */
const starts = (source: string, options = '{ stdio: "ignore" }'): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(source)}], ${options}).unref();`;

describe.each(modes)('a command that is suspended by %s', (freezing) => {
  const run = commandExecutor({ freezing });

  test('is held with all that it started, a daemon included, and goes on when it is resumed', async () => {
    await using lines = await lifelines();
    await using dir = await folder();
    const go = join(dir.path, 'go');
    const below =
      starts(lines.source('child')) + starts(lines.source('daemon'), '{ stdio: "ignore", detached: true }');
    const waits = `const look = () => require('node:fs').existsSync('${go}') ? process.exit(0) : setTimeout(look, 1); look();`;
    const attempt = anAttempt({
      command: node,
      args: ['-e', SAYS_RUN + lines.source('command') + below + waits],
    });
    const ran = attempt.run(run);
    const pids = await Promise.all(['command', 'child', 'daemon'].map((name) => lines.joined(name)));
    expect(await attempt.control.suspend()).toBe(true);
    expect(pids.map(isHeld)).toEqual([true, true, true]);
    await writeFile(go, '');
    expect(await attempt.control.suspend()).toBe(true);
    expect(pids.map(isHeld)).toEqual([true, true, true]);
    attempt.control.resume();
    expect(await ran).toMatchObject({ exitCode: 0 });
    expect(await groupsLeft(attempt)).toEqual([]);
  });

  test('can be suspended and resumed repeatedly, and the last request counts', async () => {
    await using lines = await lifelines();
    await using dir = await folder();
    const go = join(dir.path, 'go');
    const waits = `const look = () => require('node:fs').existsSync('${go}') ? process.exit(0) : setTimeout(look, 1); look();`;
    const attempt = anAttempt({ command: node, args: ['-e', lines.source('command') + waits] });
    const ran = attempt.run(run);
    const pid = await lines.joined('command');
    for (let i = 0; i < 5; i++) {
      void attempt.control.suspend();
      attempt.control.resume();
    }
    void attempt.control.suspend();
    await expect.poll(() => isHeld(pid)).toBe(true);
    for (let i = 0; i < 5; i++) {
      attempt.control.resume();
      void attempt.control.suspend();
    }
    attempt.control.resume();
    await expect.poll(() => isHeld(pid)).toBe(false);
    await writeFile(go, '');
    expect(await ran).toMatchObject({ exitCode: 0 });
  });

  test('goes on to end in good order when it is stopped, and is not suspended any more', async () => {
    await using lines = await lifelines();
    const cleans = `process.on('SIGTERM', () => setTimeout(() => { console.log('cleaned'); process.exit(0); }, 50));`;
    const attempt = anAttempt({ command: node, args: ['-e', SAYS_RUN + cleans + lines.source('command')] });
    const ended = attempt.run(run).catch((error: unknown) => error);
    const pid = await lines.joined('command');
    void attempt.control.suspend();
    await expect.poll(() => isHeld(pid)).toBe(true);
    attempt.stop({ reason: 'cancelled', graceMs: LONG_MS });
    expect(await attempt.control.suspend()).toBe(false);
    expect(await ended).toMatchObject({ code: 'CANCELLED', extras: { details: { exitCode: 0 } } });
    expect(attempt.text('stdout')).toBe('cleaned\n');
    expect(attempt.text('log')).toBe('');
    expect(await groupsLeft(attempt)).toEqual([]);
  });

  test('can be killed', async () => {
    await using lines = await lifelines();
    const attempt = anAttempt({ command: node, args: ['-e', lines.source('command', 'deaf')] });
    const ended = attempt.run(run).catch((error: unknown) => error);
    const pid = await lines.joined('command');
    void attempt.control.suspend();
    await expect.poll(() => isHeld(pid)).toBe(true);
    attempt.stop({ reason: 'preempted', graceMs: 50 });
    expect(await ended).toMatchObject({ code: 'CANCELLED', extras: { details: { signal: 'SIGKILL' } } });
    expect(statOf(pid)).toBeUndefined();
  });

  test('that has ended by itself is not suspended any more', async () => {
    const attempt = anAttempt({ command: 'echo $PRECEDENT_RUN >&2' });
    await attempt.run(run);
    expect(await attempt.control.suspend()).toBe(false);
    attempt.control.resume();
    expect(await groupsLeft(attempt)).toEqual([]);
  });
});

test('signals suspend it where the kernel does not allow freezing', async () => {
  const group = freezerGroup('nowhere', () =>
    Promise.resolve({ dir: join(tmpdir(), 'no', 'such', 'folder'), path: [] }),
  );
  expect(await group.freeze(() => [])).toBe(false);
  await group.thaw();
  await group.remove();
  expect(await freezerGroup('unknown', () => Promise.resolve(undefined)).freeze(() => [])).toBe(false);
});

test.skipIf(!modes.includes('cgroup'))('the group of a killed worker is swept, and no other', async () => {
  const [left, other] = [freezerGroup(`left-${process.pid}`), freezerGroup(`other-${process.pid}`)];
  await Promise.all([left.freeze(() => []), other.freeze(() => [])]);
  await sweepGroups((name) => name === `left-${process.pid}`);
  const names = (await readdir(home?.dir ?? '/')).filter((name) => name.endsWith(`-${process.pid}`));
  await other.remove();
  expect(names).toEqual([`precedent-other-${process.pid}`]);
});
