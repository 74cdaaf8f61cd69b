import type { BulkPreview, TaskView } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { NOW, runFake } from '../testing/fake-cli.ts';
import type { FakeClient } from '../testing/fake-cli.ts';
import { aTask } from '../testing/fixtures.ts';

const RESULT = { action: 'cancel', total: 3, done: 1, already: 1, refused: { FORBIDDEN: 1 }, refusals: [] };
const DONE = aTask({ id: 'b1', type: 'system.bulk', state: 'completed', result: RESULT });

const FOUND: BulkPreview = {
  action: 'cancel',
  count: 3,
  seq: 7,
  sample: [
    {
      id: 't1',
      project: 'shop',
      type: 'work',
      band: 'low',
      state: 'queued',
      name: 'a',
      submittedAt: NOW - 60_000,
    },
  ],
  token: 'the-token',
  expiresAt: NOW + 1,
};

/** A client that notes what it was requested. */
const aClient = (preview: BulkPreview = FOUND, task: TaskView = DONE) => {
  const calls: unknown[] = [];
  const client: FakeClient = {
    previewBulk: async (request) => {
      calls.push(request);
      return preview;
    },
    startBulk: async (token) => {
      calls.push(token);
      return aTask({ id: 'b1' });
    },
    watch: () => {
      const events = (async function* () {
        yield { event: 'progress', message: '2 of 3 tasks' };
      })();
      return Object.assign(events, { close: () => undefined }) as never;
    },
    wait: async () => task,
  };
  return { calls, client };
};

describe('precedent bulk', () => {
  it('shows how many and which tasks, and does nothing, in a dry run', async () => {
    const { calls, client } = aClient();
    const { exit, out, err } = await runFake(['bulk', 'cancel', '--project', 'shop', '--dry-run'], {
      client,
    });
    expect([exit, out, calls]).toEqual([
      0,
      '',
      [{ action: 'cancel', filter: { project: 'shop' }, namespace: 'default' }],
    ]);
    expect(err).toMatch(
      /^ID +STATE +BAND .*\nt1 +queued +low +shop +work +1m +a\nand 2 more\n3 tasks to cancel, /,
    );
  });

  it('starts it with the token, shows its progress, and says what came of it', async () => {
    const { calls, client } = aClient();
    const flags = [
      '--state',
      'queued,running',
      '--type',
      'a,b',
      '--label',
      'team=shop',
      '--since',
      '2h',
      '--yes',
    ];
    const { exit, out, err } = await runFake(['bulk', 'cancel', ...flags], { client });
    expect(calls).toEqual([
      {
        action: 'cancel',
        filter: {
          state: ['queued', 'running'],
          type: ['a', 'b'],
          labels: { team: 'shop' },
          since: NOW - 7_200_000,
        },
        namespace: 'default',
      },
      'the-token',
    ]);
    expect(err).toContain('task b1\n2 of 3 tasks\n');
    expect([exit, out]).toEqual([
      0,
      'cancel     3 tasks\ndone       1\nso before  1\nrefused    1 FORBIDDEN\n',
    ]);
  });

  it.each([
    ['y\n', 2],
    ['yes\n', 2],
    ['n\n', 1],
    ['\n', 1],
    ['', 1],
  ])('asks at a terminal: %j', async (stdin, requests) => {
    const { calls, client } = aClient();
    const { exit, err } = await runFake(['bulk', 'cancel'], { client, stdin, columns: 80 });
    expect(err).toContain('cancel all 3? [y/N] ');
    expect([exit, calls.length]).toEqual([0, requests]);
  });

  it.each([[[]], [['--json']]])('wants a flag where it cannot ask: %j', async (flags) => {
    const { calls, client } = aClient();
    const { exit, err } = await runFake(['bulk', 'cancel', ...flags], { client });
    expect([exit, calls.length]).toEqual([64, 1]);
    expect(err).toContain('--yes is expected, or --dry-run');
  });

  it('asks nothing when there is nothing to do', async () => {
    const { calls, client } = aClient({ action: 'delete', count: 0, seq: 7, sample: [] });
    const { exit, err } = await runFake(['bulk', 'delete'], { client });
    expect([exit, err, calls.length]).toEqual([0, 'nothing to delete: the filter finds no task\n', 1]);
  });

  it('prints the preview or the task as JSON, and exits as the task ended', async () => {
    const { client } = aClient(
      FOUND,
      aTask({ id: 'b1', state: 'failed', error: { code: 'UNAUTHENTICATED', message: 'over' } }),
    );
    const dry = await runFake(['bulk', 'cancel', '--dry-run', '--json'], { client });
    expect([JSON.parse(dry.out), dry.err]).toEqual([FOUND, '']);
    const failed = await runFake(['bulk', 'cancel', '--yes', '--json'], { client });
    expect(failed.exit).not.toBe(0);
    expect(JSON.parse(failed.out)).toMatchObject({ id: 'b1', state: 'failed' });
    const text = await runFake(['bulk', 'cancel', '--yes'], { client });
    expect(text.out).toBe('task b1 is failed: over\n');
  });

  it('refuses an action, a state and a band that there is not, and passes refusals on', async () => {
    const { calls, client } = aClient();
    for (const wrong of [['retire'], ['cancel', '--state', 'done'], ['cancel', '--band', 'lowest']])
      expect((await runFake(['bulk', ...wrong], { client })).exit).toBe(64);
    expect(calls).toEqual([]);
    const previewBulk = () => Promise.reject(new AppError('FORBIDDEN', 'this needs the right "administer"'));
    expect((await runFake(['bulk', 'delete'], { client: { previewBulk } })).err).toContain('error FORBIDDEN');
  });
});

describe('precedent bulk retry', () => {
  const MENDED = {
    action: 'retry',
    total: 100,
    done: 10,
    already: 0,
    refused: {},
    refusals: [],
    stopped: { ended: 10, failed: 3, maxFailed: 0.05, left: 90 },
    mended: { task: 't1', by: 'n1' },
  };

  it('sends edit, pace and bound, and says when it stopped itself, and what helped', async () => {
    const { calls, client } = aClient(
      { ...FOUND, action: 'retry' },
      aTask({ id: 'b1', type: 'system.bulk', state: 'completed', result: MENDED }),
    );
    const flags = [
      '--error',
      'A,B',
      '--id',
      't1',
      '--first',
      '10',
      '--max-failed',
      '5%',
      '--per-second',
      '100',
      '--edit',
      '{"band": "low"}',
    ];
    const { exit, out } = await runFake(['bulk', 'retry', ...flags, '--yes'], { client });
    expect(calls[0]).toEqual({
      action: 'retry',
      filter: { ids: ['t1'], errorCode: ['A', 'B'] },
      namespace: 'default',
      run: { edit: { band: 'low' }, perSecond: 100, first: 10, maxFailed: 0.05 },
    });
    expect(out).toBe(
      [
        'retry      100 tasks',
        'done       10',
        'stopped    by itself: 3 of 10 failed, 5 % may',
        'left       90',
        'it helped  precedent resolve t1 "…" --evidence n1',
        '',
      ].join('\n'),
    );
    expect(exit).toBe(1);
  });

  it.each([
    [['--max-failed', '2'], '--max-failed is 2; a share such as 5% or 0.05 is expected'],
    [['--first', 'ten'], '--first is ten; a number above 0 is expected'],
    [['--per-second', '0'], '--per-second is 0; a number above 0 is expected'],
  ])('refuses %j', async (flags, message) => {
    const { calls, client } = aClient();
    const { exit, err } = await runFake(['bulk', 'retry', ...flags], { client });
    expect([exit, calls]).toEqual([64, []]);
    expect(err).toContain(message);
  });
});
