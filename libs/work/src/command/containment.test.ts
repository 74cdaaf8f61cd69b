import { expect, describe, test } from 'vitest';
import { anAttempt } from '../testing/attempt.ts';
import { lifelines } from '../testing/lifelines.ts';
import { killProcessTree } from './kill-process-tree.ts';
import { commandExecutor } from './command.executor.ts';
import { contained, containmentText, probeContainment } from './containment.ts';
import type { Containment } from './containment.ts';
import { spawnCommand } from './spawn-command.ts';
import { statOf } from './procfs.ts';
import { markOf, markedOwnerOf, probeMarker, startOf } from './run-mark.ts';
import { newRunTag } from './run-tag.ts';

const PATH = process.env['PATH'] ?? '';
const node = process.execPath;
const whole = await probeContainment(PATH);

/** Each way alone finds what all the others do not. */
const WAYS: readonly [name: string, offered: boolean, containment: Containment][] = [
  ['the mark', whole.marker !== undefined, { ...whole, home: undefined }],
  ['the cgroup', whole.home !== undefined, { ...whole, marker: undefined }],
];

const spawns = (source: string): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(source)}],
    { stdio: 'ignore', detached: true, env: {} });`;

/** A daemon: twice removed, in a session of its own, its environment cleared, deaf to SIGTERM. */
const daemon = (source: string): string => spawns(`${spawns(source)} setTimeout(() => process.exit(0), 50);`);

const PROMPT = { naturalMs: 1, graceMs: 20, forceMs: 5_000 };

describe.each(WAYS)('a daemon that cleared its environment, found by %s alone', (_, offered, containment) => {
  test.skipIf(!offered)('is ended with its attempt', async () => {
    await using lines = await lifelines();
    const tag = newRunTag();
    const box = await contained(containment, tag);
    const source = `${daemon(lines.source('daemon', 'deaf'))}${lines.source('command')}`;
    const spawned = await spawnCommand({
      program: node,
      args: ['-e', source],
      cwd: '/',
      env: { PATH },
      prefix: box.prefix,
      umask: undefined,
    });
    const [pid] = await Promise.all([lines.joined('daemon'), lines.joined('command')]);
    expect(statOf(pid)).toMatchObject({ pid });
    const { ended, stuck } = await killProcessTree(box.familyOf(spawned.pid), PROMPT);
    await Promise.all([lines.ended('daemon'), lines.ended('command'), box.dispose()]);
    expect(ended.map((stat) => stat.pid)).toContain(pid);
    expect(stuck).toEqual([]);
  });
});

const isContained = whole.marker !== undefined || whole.home !== undefined;

describe.skipIf(!isContained)('a daemon that cleared its environment', () => {
  const started = async (lines: Awaited<ReturnType<typeof lifelines>>) => {
    const source = `${daemon(lines.source('daemon', 'deaf'))}${lines.source('command')}`;
    const attempt = anAttempt({ command: node, args: ['-e', source] });
    const ended = attempt.run(commandExecutor({ leftoverGraceMs: 20 }));
    const failed = expect(ended).rejects.toMatchObject({ name: 'AppError' });
    const [pid, command] = await Promise.all([lines.joined('daemon'), lines.joined('command')]);
    return { attempt, failed, pid, command };
  };

  test.each(['cancelled', 'timeout', 'preempted', 'shutdown', 'lease_lost'] as const)(
    'is ended when its task is stopped: %s',
    async (reason) => {
      await using lines = await lifelines();
      const { attempt, failed, pid } = await started(lines);
      attempt.stop({ reason, graceMs: 20 });
      await failed;
      expect(statOf(pid)).toBeUndefined();
    },
  );

  test('is ended when its task ends by itself, and the log names it', async () => {
    await using lines = await lifelines();
    const { attempt, failed, pid, command } = await started(lines);
    process.kill(command, 'SIGINT');
    await failed;
    expect(statOf(pid)).toBeUndefined();
    expect(attempt.text('log')).toContain(`(${pid})`);
  });
});

describe('the mark of an attempt', () => {
  const owner = { pid: 4_194_303, start: startOf('987654321') };

  test.each([0, 1, 2])('of level %d names its worker, and stays above all real limits', (level) => {
    const { soft, hard } = markOf('1.2.3.x', owner, level);
    expect(markedOwnerOf(hard)).toEqual(owner);
    expect(BigInt(soft)).toBeLessThan(BigInt(hard));
    // Microseconds: four thousand years.
    expect(BigInt(soft)).toBeGreaterThan(4_000n * 365n * 86_400n * 1_000_000n);
  });

  test('differs from attempt to attempt, and can be lowered from level to level', () => {
    expect(markOf('a', owner, 0).soft).not.toBe(markOf('b', owner, 0).soft);
    const hard = [0, 1, 2].map((level) => BigInt(markOf('a', owner, level).hard));
    const soft = [0, 1].map((level) => BigInt(markOf('a', owner, level).soft));
    expect(hard[1]).toBeLessThan(hard[0] ?? 0n);
    expect(hard[2]).toBeLessThan(hard[1] ?? 0n);
    expect(soft[0]).toBeLessThan(hard[0] ?? 0n);
  });

  test.each(['unlimited', '', '0', '200000', 'x', '9007199254740993'])('is not seen in %j', (hard) => {
    expect(markedOwnerOf(hard)).toBeUndefined();
  });

  test('is not put on anything where there is no prlimit', async () => {
    expect(await probeMarker('/nowhere', owner)).toBeUndefined();
  });
});

test.skipIf(whole.home === undefined)(
  'what is offered is found by several probes at the same time',
  async () => {
    const found = await Promise.all(Array.from({ length: 5 }, () => probeContainment(PATH)));
    expect(found.map(({ home }) => home?.kind)).toEqual(found.map(() => whole.home?.kind));
  },
);

test('people can read by what the processes of an attempt are found', () => {
  const home = { dir: '/x', kind: 'cgroup v2' };
  const marker = () => ({ mark: { soft: '1', hard: '2' }, prefix: [] });
  expect(containmentText({ deathSignal: [], home, marker })).toMatch(/^cgroup v2, a mark on their limits, /);
});
