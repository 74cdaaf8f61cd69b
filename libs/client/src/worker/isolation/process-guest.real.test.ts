import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../testing/process-host.ts', import.meta.url));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('a process of a handler that blocks does not outlive a worker that is killed', async () => {
  const host = spawn(process.execPath, ['--conditions=precedent:source', PROGRAM]);
  const [text] = (await once(host.stdout, 'data')) as [Buffer];
  const guest = Number(text.toString('utf8'));
  onTestFinished(() => void (isAlive(guest) && process.kill(guest, 'SIGKILL')));
  expect(isAlive(guest)).toBe(true);
  host.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(guest)).toBe(false), 10_000);
});
