import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { folder } from '../testing/checkpoints.ts';
import { lifelines } from '../testing/lifelines.ts';
import { probeContainment } from './containment.ts';
import { probeDeathSignal } from './death-signal.ts';
import { sweepOrphans } from './run-tag.ts';
import { sweepLeftovers } from './sweep.ts';

const PATH = process.env['PATH'] ?? '';
const canEndWithWorker = (await probeDeathSignal(PATH)).length > 0;
const standIn = fileURLToPath(new URL('../testing/worker-stand-in.ts', import.meta.url));

/** Its checkpoint folders, which outlive it, are below `root`. */
const startWorker = (source: string, root: string) => {
  const args = ['--conditions=precedent:source', standIn, source, root];
  return spawn(process.execPath, args, { stdio: 'ignore', env: { PATH } });
};

const spawnIn = (source: string, options = "{ stdio: 'ignore' }"): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(source)}], ${options});`;

const { home, marker } = await probeContainment(PATH);
/** In a session of its own, its environment cleared. */
const HIDDEN = "{ stdio: 'ignore', detached: true, env: {} }";

test.skipIf(!canEndWithWorker)('a worker killed by -9 takes its command along (needs setpriv)', async () => {
  await using dir = await folder();
  await using lines = await lifelines();
  const worker = startWorker(lines.source('command', 'deaf'), dir.path);
  await lines.joined('command');
  worker.kill('SIGKILL');
  await lines.ended('command');
  expect(worker.killed).toBe(true);
});

test.skipIf(!canEndWithWorker)(
  'what the command had started is ended by the next worker on the machine',
  async () => {
    await using dir = await folder();
    await using lines = await lifelines();
    const source = lines.source('command') + spawnIn(lines.source('below', 'deaf'));
    const worker = startWorker(source, dir.path);
    const exited = once(worker, 'exit');
    const [, below] = await Promise.all([lines.joined('command'), lines.joined('below')]);
    expect(sweepOrphans().map(({ pid }) => pid)).not.toContain(below);
    worker.kill('SIGKILL');
    await Promise.all([exited, lines.ended('command')]);
    // Another worker that starts on this machine may have been faster: the fact is what counts, not who did it.
    sweepOrphans();
    await lines.ended('below');
  },
);

test.skipIf(!canEndWithWorker || (home === undefined && marker === undefined))(
  'a daemon that cleared its environment is ended by the next worker on the machine, and not before its worker is dead',
  async () => {
    await using dir = await folder();
    await using lines = await lifelines();
    const source = lines.source('command') + spawnIn(lines.source('daemon', 'deaf'), HIDDEN);
    const worker = startWorker(source, dir.path);
    const exited = once(worker, 'exit');
    const [, daemon] = await Promise.all([lines.joined('command'), lines.joined('daemon')]);
    const ended = await sweepLeftovers({ checkpointRoot: dir.path });
    expect(ended.map(({ pid }) => pid)).not.toContain(daemon);
    worker.kill('SIGKILL');
    await Promise.all([exited, lines.ended('command')]);
    await sweepLeftovers({ checkpointRoot: dir.path });
    await lines.ended('daemon');
  },
);

test.skipIf(!canEndWithWorker || marker === undefined)(
  'where there is no cgroup, it is found by its mark',
  async () => {
    await using dir = await folder();
    await using lines = await lifelines();
    const source = lines.source('command') + spawnIn(lines.source('daemon', 'deaf'), HIDDEN);
    const worker = startWorker(source, dir.path);
    const exited = once(worker, 'exit');
    const [, daemon] = await Promise.all([lines.joined('command'), lines.joined('daemon')]);
    expect(sweepOrphans().map(({ pid }) => pid)).not.toContain(daemon);
    worker.kill('SIGKILL');
    await Promise.all([exited, lines.ended('command')]);
    sweepOrphans();
    await lines.ended('daemon');
  },
);

test.skipIf(!canEndWithWorker)(
  'the checkpoint folders of a killed worker are removed, those of others are not',
  async () => {
    await using dir = await folder();
    await using lines = await lifelines();
    const [dead, alive] = [
      startWorker(lines.source('dead'), dir.path),
      startWorker(lines.source('alive'), dir.path),
    ];
    const [exited, gone] = [once(dead, 'exit'), once(alive, 'exit')];
    await Promise.all([lines.joined('dead'), lines.joined('alive')]);
    dead.kill('SIGKILL');
    await Promise.all([exited, lines.ended('dead')]);
    expect(await readdir(dir.path)).toHaveLength(2);
    await sweepLeftovers({ checkpointRoot: dir.path });
    const left = await readdir(dir.path);
    expect(left).toHaveLength(1);
    expect(left[0]).toContain(`.${alive.pid}.`);
    alive.kill('SIGKILL');
    await Promise.all([gone, lines.ended('alive')]);
  },
);

test('a setpriv that is missing is no obstacle', async () => {
  expect(await probeDeathSignal('/nowhere')).toEqual([]);
});
