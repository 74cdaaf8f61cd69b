import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { expect, it } from 'vitest';
import { setNice } from './priority.ts';

const sleeper = async (detached: boolean) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached });
  await once(child, 'spawn');
  return { pid: child.pid ?? 0, end: () => child.kill('SIGKILL') };
};

it('a process gets its priority, and a session of its own gets it as well', async () => {
  const { pid, end } = await sleeper(true);
  try {
    setNice(pid, 7);
    expect(os.getPriority(pid)).toBe(7);
    const group = `/proc/${pid}/autogroup`;
    if (existsSync(group)) expect(readFileSync(group, 'utf8')).toMatch(/nice 7$/m);
  } finally {
    end();
  }
});

it('a process among others of a session leaves the session alone', async () => {
  const group = '/proc/self/autogroup';
  const before = existsSync(group) ? readFileSync(group, 'utf8') : '';
  const { pid, end } = await sleeper(false);
  try {
    setNice(pid, 9);
    expect(os.getPriority(pid)).toBe(9);
    expect(existsSync(group) ? readFileSync(group, 'utf8') : '').toBe(before);
  } finally {
    end();
  }
});

it('a process that is gone is no error', () => {
  expect(() => setNice(2 ** 22 - 1, 5)).not.toThrow();
});
