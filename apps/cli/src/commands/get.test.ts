import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { NOW, runFake } from '../testing/fake-cli.ts';
import { aTask } from '../testing/fixtures.ts';

describe('precedent get', () => {
  it('shows what is known of a task', async () => {
    const task = aTask({
      name: 'nightly\u001b[31m\nreport',
      labels: { a: '1' },
      progress: { fraction: 0.5, message: 'half' },
      worker: 'w1',
      retries: 1,
      attempt: 2,
      startedAt: NOW - 1_500,
    });
    const { out } = await runFake(['get', '01HQ'], { client: { get: async () => task } });
    expect(out).toMatchInlineSnapshot(`
      "id         01HQ
      name       nightly^[[31m report
      state      running
      type       command
      band       normal
      project    default/shop
      labels     a=1
      attempt    2
      retries    1
      worker     w1
      progress   50 %, half
      submitted  2026-11-20T11:58:55.000Z (1m 05s ago)
      started    2026-11-20T11:59:58.500Z (1.5s ago)
      "
    `);
  });

  it('says why a task waits, and how it ended', async () => {
    const waiting = aTask({
      state: 'queued',
      attempt: 0,
      waiting: { reason: 'no_worker', detail: 'no worker takes a.b' },
    });
    const failed = aTask({
      state: 'failed',
      settledAt: NOW,
      error: { code: 'HANDLER_FAILED', message: 'boom' },
    });
    const shown = async (task: typeof failed) =>
      (await runFake(['get', 'x'], { client: { get: async () => task } })).out;
    expect(await shown(waiting)).toMatch(/^state +queued: no worker takes a\.b$/m);
    expect(await shown(failed)).toMatch(/^error +HANDLER_FAILED: boom$/m);
  });

  it('says of a failed task whether that was seen before, where somebody knows', async () => {
    const failed = aTask({ state: 'failed', error: { code: 'HANDLER_FAILED', message: 'boom' } });
    const same = {
      count: 3,
      tasks: 2,
      ownAttempts: 1,
      firstAt: NOW - 90_000,
      lastAt: NOW - 60_000,
      resolutions: [{ id: 'R1', fingerprint: 'f1', text: 'restart it', by: 'ada', at: NOW, evidence: 'T9' }],
      laterSuccesses: [
        { task: 'T8', at: NOW, after: 'T7', differences: [{ field: 'version', before: '1', after: '2' }] },
      ],
      settings: { why: 'worked_with' as const, version: '2' },
      support: 3,
      evidence: ['p1'],
    };
    const seen = { task: failed.id, fingerprint: 'f00d', isNew: false, same, similar: [] };
    const client = { get: async () => failed, search: { seen: async () => seen } };
    const { out } = await runFake(['get', 'x'], { client });
    expect(out.slice(out.indexOf('failure'))).toBe(
      `failure f00d of ${failed.id} occurred 3 times before, in 2 tasks, last 1m 00s ago\n` +
        '  restart it (by ada, shown by T9)\n' +
        '  succeeded later in T8 with version 2 in place of 1\n' +
        '  try again with version "2" (worked with)\n',
    );
    const own = { ...seen, same: { ...same, tasks: 1, ownAttempts: 3 } };
    const { out: first } = await runFake(['get', 'x'], {
      client: { ...client, search: { seen: async () => own } },
    });
    expect(first).toContain('is new: it occurred in 3 earlier attempts of this task only\n');
    const json = JSON.parse((await runFake(['get', 'x', '--json'], { client })).out) as unknown;
    expect(json).toMatchObject({ id: failed.id, seen: { isNew: false } });
  });

  it('prints the view itself with --json', async () => {
    const { out } = await runFake(['get', 'x', '--json'], { client: { get: async () => aTask() } });
    expect(JSON.parse(out)).toEqual(aTask());
  });

  it('exits with the code of the error', async () => {
    const get = async () => Promise.reject(new AppError('TASK_NOT_FOUND', 'no task x'));
    expect(await runFake(['get', 'x'], { client: { get } })).toMatchObject({
      exit: 66,
      out: '',
      closed: true,
    });
  });
});

describe('precedent why', () => {
  it('says of an ended task how it ended, and what to do', async () => {
    const error = {
      code: 'COMMAND_FAILED',
      message: 'command exited with code 3',
      details: { exitCode: 3, stderr: 'fatal: no such role\n' },
    } as const;
    const times = { startedAt: NOW - 62_000, settledAt: NOW - 60_000 };
    const task = aTask({
      state: 'failed',
      attempt: 4,
      worker: 'w1',
      ...times,
      commandLine: 'make all',
      error,
    });
    const reasons = ['it is failed: command exited with code 3', 'it was preempted once'];
    const why = async () => ({ task, reasons, preemptedBy: [], displaced: [], decisions: [] });
    expect((await runFake(['why', '01HQ'], { client: { why } })).out).toBe(
      '01HQ failed 1m 00s ago: make all\n' +
        '  it ended in attempt 4 on w1 after 2.0s\n' +
        '  COMMAND_FAILED: command exited with code 3: fatal: no such role\n' +
        '  Read the output of the attempt: `precedent logs 01HQ`.\n' +
        '  it was preempted once\n',
    );
  });
});
