import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LogChunk } from '@precedent/contract-types';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processesWith } from './programs.ts';
import { readyWorld } from './world.ts';
import type { World } from './world.ts';

describe('commands, from a client to processes and back', () => {
  let world: World;
  beforeAll(async () => {
    world = await readyWorld({ settings: { PRECEDENT_BANDS_LOW_GRACE: '300ms' } });
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  const textOf = async (chunks: AsyncIterable<LogChunk>, stream: LogChunk['stream']): Promise<string> => {
    let text = '';
    for await (const chunk of chunks) if (chunk.stream === stream) text += chunk.text;
    return text;
  };

  it('runs a program with unchanged arguments, and returns its result', async () => {
    const { client } = world;
    const accepted = await client.submit({ command: 'printf', args: ['%s|', 'a b', '$HOME', '*'] });
    expect(accepted).toEqual({ id: accepted.id, seq: expect.any(Number), door: 'ask' });
    expect(await client.result(accepted.id)).toMatchObject({
      exitCode: 0,
      stdout: 'a b|$HOME|*|',
      bytes: { stdout: 12, stderr: 0 },
      truncated: false,
    });
    const view = await client.get(accepted.id);
    expect(view).toMatchObject({
      state: 'completed',
      type: 'command',
      attempt: 1,
      retries: 0,
      worker: 'worker-1',
    });
  });

  it('runs a line in the shell, with the folder and the variables that the task names', async () => {
    const { client, folder } = world;
    const { id } = await client.submit({
      command: 'pwd; echo $GREETING',
      cwd: folder,
      env: { GREETING: 'hi' },
    });
    expect(await client.result(id)).toMatchObject({ stdout: `${folder}\nhi\n` });
  });

  it('runs a task that was dropped into the stream', async () => {
    const { client } = world;
    const accepted = await client.submit({ command: 'echo dropped' }, { door: 'drop' });
    expect(accepted.door).toBe('drop');
    expect(await client.result(accepted.id)).toMatchObject({ stdout: 'dropped\n' });
  });

  it('shows output while the command runs, and all of it afterwards', async () => {
    const { client, folder } = world;
    const gate = path.join(folder, randomUUID());
    const command = `echo first; echo oops >&2; while [ ! -e ${gate} ]; do sleep 0.02; done; echo second`;
    const { id } = await client.submit({ command });
    const followed: string[] = [];
    for await (const { stream, text } of client.logs(id, { follow: true })) {
      if (stream === 'stdout') followed.push(text);
      // The command continues only when its first line has been read.
      if (text.includes('first')) writeFileSync(gate, '');
    }
    expect(followed.join('')).toBe('first\nsecond\n');
    expect(await textOf(client.logs(id), 'stdout')).toBe('first\nsecond\n');
    expect(await textOf(client.logs(id), 'stderr')).toBe('oops\n');
  });

  it('retries a failing command as often as its policy allows, and then reports why it failed', async () => {
    const { client } = world;
    const { id } = await client.submit({
      command: 'echo no >&2; exit 7',
      retry: { max: 2, delay: 10, jitter: 0 },
    });
    const view = await client.wait(id);
    expect(view).toMatchObject({
      state: 'failed',
      attempt: 3,
      retries: 2,
      error: { code: 'COMMAND_FAILED', details: { exitCode: 7, stderr: 'no\n' } },
    });
    await expect(client.result(id)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    const attempts: number[] = [];
    for await (const { attempt } of client.logs(id)) attempts.push(attempt);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it.each([
    { what: 'a program', task: { command: 'no-such-program', args: [] } },
    { what: 'a program of a shell line', task: { command: 'no-such-program --flag' } },
  ])('does not retry when $what does not exist', async ({ task }) => {
    const { id } = await world.client.submit({ ...task, retry: { max: 5, delay: 10 } });
    const view = await world.client.wait(id);
    expect(view).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'COMMAND_NOT_FOUND' } });
  });

  it('cancels a running command with everything that it started', async () => {
    const { client } = world;
    const mark = `cancel-${randomUUID()}`;
    const command = 'sleep 1000 & (sleep 1001; true) & wait';
    const { id } = await client.submit({ command, env: { E2E_MARK: mark } });
    // The shell, its subshell, and the two sleeps.
    await vi.waitFor(() => expect(processesWith(mark).length).toBeGreaterThanOrEqual(4), { timeout: 10_000 });
    const answer = await client.cancel(id, 'changed my mind');
    expect(answer).toMatchObject({ state: 'running', stopping: 'cancel' });
    expect(await client.wait(id)).toMatchObject({
      state: 'cancelled',
      error: { code: 'CANCELLED', message: 'cancelled: changed my mind' },
    });
    expect(processesWith(mark)).toEqual([]);
    await expect(client.result(id)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('kills a command that exceeded its timeout and ignores the stop signal', async () => {
    const { client } = world;
    const mark = `timeout-${randomUUID()}`;
    const { id } = await client.submit({
      command: 'trap "" TERM; while :; do sleep 0.1; done',
      band: 'low',
      env: { E2E_MARK: mark },
      timeouts: { attempt: 300 },
      retry: { max: 1, delay: 10 },
    });
    expect(await client.wait(id)).toMatchObject({
      state: 'timed_out',
      attempt: 2,
      retries: 1,
      error: { code: 'ATTEMPT_TIMEOUT' },
    });
    expect(processesWith(mark)).toEqual([]);
  });

  it('ends a command at its total timeout, although retries are left', async () => {
    const { client } = world;
    const { id } = await client.submit({
      command: 'sleep 1000',
      timeouts: { total: 400 },
      retry: { max: 5, delay: 10 },
    });
    expect(await client.wait(id)).toMatchObject({ state: 'timed_out', error: { code: 'TOTAL_TIMEOUT' } });
  });

  it('survives a flood of output: counts all of it, stores a part, and reports the limit', async () => {
    const { client } = world;
    const { id } = await client.submit({ command: 'yes abcdefg | head -c 40000000' });
    const { result } = await client.wait(id);
    expect(result).toMatchObject({ bytes: { stdout: 40_000_000 }, truncated: true });
    let logged = 0;
    const notes: string[] = [];
    for await (const { stream, text } of client.logs(id)) {
      if (stream === 'log') notes.push(text);
      else logged += text.length;
    }
    expect(logged).toBeLessThanOrEqual(1024 * 1024);
    expect(logged).toBeGreaterThan(900 * 1024);
    expect(notes.join('')).toContain('output reached its limit');
  });
});
