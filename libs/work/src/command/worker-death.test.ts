import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lifelines } from '../testing/lifelines.ts';
import { probeDeathSignal } from './death-signal.ts';
import { sweepOrphans } from './run-tag.ts';

const PATH = process.env['PATH'] ?? '';
const canEndWithWorker = (await probeDeathSignal(PATH)).length > 0;
const standIn = fileURLToPath(new URL('../testing/worker-stand-in.ts', import.meta.url));

const startWorker = (source: string) => {
  const args = ['--conditions=precedent:source', standIn, source];
  return spawn(process.execPath, args, { stdio: 'ignore', env: { PATH } });
};

const spawnIn = (source: string): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(source)}], { stdio: 'ignore' });`;

test.skipIf(!canEndWithWorker)('a worker killed by -9 takes its command along (needs setpriv)', async () => {
  await using lines = await lifelines();
  const worker = startWorker(lines.source('command', 'deaf'));
  await lines.joined('command');
  worker.kill('SIGKILL');
  await lines.ended('command');
  expect(worker.killed).toBe(true);
});

test.skipIf(!canEndWithWorker)(
  'what the command had started is ended by the next worker on the machine',
  async () => {
    await using lines = await lifelines();
    const worker = startWorker(lines.source('command') + spawnIn(lines.source('below', 'deaf')));
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

test('a setpriv that is missing is no obstacle', async () => {
  expect(await probeDeathSignal('/nowhere')).toEqual([]);
});
