import type { Client } from '@precedent/client';
import { describe, expect, it } from 'vitest';
import { NOW, runFake } from './testing/fake-cli.ts';
import { aTask } from './testing/fixtures.ts';

const freshness = { seq: 7, lastSeq: 7, lagMs: 0, rebuilding: false };

/** Runs a command line against a history that gives prepared answers and records the requests. */
const runHistory = async (argv: readonly string[], answers: Record<string, object>) => {
  const requests: unknown[][] = [];
  const history = Object.fromEntries(
    Object.entries(answers).map(([verb, answer]) => [
      verb,
      async (...request: unknown[]) => {
        requests.push([verb, ...request]);
        return { freshness, ...answer };
      },
    ]),
  );
  const outcome = await runFake(['history', ...argv], { client: { history } as unknown as Partial<Client> });
  return { ...outcome, requests };
};

describe('precedent history', () => {
  it('lists by every filter', async () => {
    const argv =
      'list --state failed,cancelled --band low --type a.b --project shop --worker w1 --label team=x'.split(
        ' ',
      );
    const more = [
      '--error',
      'X',
      '--text',
      'two words',
      '--since',
      '2h',
      '--until',
      '2026-11-20T11:00Z',
      '--limit',
      '5',
    ];
    const { requests, out, exit } = await runHistory([...argv, ...more], {
      list: { tasks: [aTask()], cursor: 'abc' },
    });
    expect(requests).toEqual([
      [
        'list',
        {
          state: ['failed', 'cancelled'],
          band: ['low'],
          type: ['a.b'],
          project: 'shop',
          worker: 'w1',
          labels: { team: 'x' },
          errorCode: 'X',
          text: 'two words',
          since: NOW - 7_200_000,
          until: NOW - 3_600_000,
          limit: 5,
        },
      ],
    ]);
    expect(out).toContain('01HQ');
    expect(out).toContain('there are more: --cursor abc');
    expect(exit).toBe(0);
  });

  it.each([
    [['list', '--state', 'faild'], /did you mean failed/],
    [['list', '--since', 'yesterday'], /--since is yesterday/],
    [['list', '--label', 'team'], /name=value/],
    [['list', '--order', 'name'], /submitted or settled/],
    [['stats', '--since', '1h', '--bucket', 'soon'], /--bucket is soon; a duration such as 10m/],
    [['stats', '--since', '1h', '--bucket', '10'], /--bucket is 10, without a unit; 10ms, 10s/],
    [['stats', '--bucket', '1h'], /--bucket 1h needs --since/],
  ])('refuses %j', async (argv, message) => {
    const { exit, err } = await runHistory(argv, { list: { tasks: [] }, stats: {} });
    expect(exit).toBe(64);
    expect(err).toMatch(message);
  });

  it('shows a task with its attempts', async () => {
    const attempts = [
      { epoch: 1, attempt: 1, worker: 'w1', startedAt: NOW - 5_000, endedAt: NOW - 4_000, outcome: 'lost' },
      { epoch: 2, attempt: 2, worker: 'w2', startedAt: NOW - 3_000 },
    ];
    const task = { ...aTask(), waitedMs: 12, ranMs: 3_000, command: 'make', args: ['all'], losses: 1 };
    const { out } = await runHistory(['get', '01HQ'], { get: { task, attempts } });
    expect(out).toMatch(/^command {4}make all\n(?:.*\n)*state {6}running$/m);
    expect(out).toMatch(/^waited +12ms$/m);
    expect(out).toMatch(/^1 +1 +w1 .* 1\.0s +lost$/m);
    expect(out).toMatch(/^2 +2 +w2 .* - +running$/m);
  });

  it('finds by words', async () => {
    const { requests } = await runHistory(['search', 'two', 'words'], {
      search: { tasks: [], ranked: true },
    });
    expect(requests).toEqual([['search', 'two words', { limit: 20 }]]);
  });

  it('counts, also over time', async () => {
    const quantiles = { p50: 1, p95: 2, p99: 3, max: 4, of: 10 };
    const counts = { byState: { completed: 10 }, byBand: {}, byType: {}, byProject: {} };
    const buckets = [{ from: NOW, submitted: 2, settled: { failed: 1 } }];
    const stats = { total: 10, ...counts, waitMs: quantiles, buckets };
    const { out, requests } = await runHistory(['stats', '--since', '1h', '--bucket', '10m'], { stats });
    expect(requests).toEqual([['stats', { since: NOW - 3_600_000, until: NOW, bucketMs: 600_000 }]]);
    expect(out).toMatch(/^by state +10 completed$/m);
    expect(out).toMatch(/^waited +p50 1ms, p95 2ms, p99 3ms, longest 4ms \(of 10\)$/m);
    expect(out).toMatch(/^2026-11-20T12:00:00.000Z +2 +1 failed$/m);
  });

  it('says what was counted instead of what was requested', async () => {
    const none = { byState: {}, byBand: {}, byType: {}, byProject: {} };
    const stats = {
      total: 10,
      ...none,
      scope: { since: NOW, bucketMs: 60_000, latest: 50_000, uncounted: 7 },
    };
    const { out } = await runHistory(['stats'], { stats });
    expect(out).toMatch(
      /^counted +from 2026-11-20T12:00:00.000Z, in pieces of 1m 00s, only the latest 50000 tasks that may match, without about 7 older tasks, which are still being counted$/m,
    );
  });

  it('shows the log of operations, its own state, and starts a rebuild', async () => {
    const events = [{ seq: 3, index: 0, at: NOW, task: 'a', event: 'leased', note: 'w1' }];
    expect((await runHistory(['events', '--task', 'a'], { events: { events } })).out).toMatch(
      /3 +a +leased +w1/,
    );
    const rows = { tasks: 1, attempts: 2, operations: 3, decisions: 0 };
    const status = { state: 'following', startedAt: NOW, rows, bytes: 1_048_576, retentionMs: 2_592_000_000 };
    const shown = await runHistory(['status'], { status });
    expect(shown.out).toMatch(/^history +following$/m);
    expect(shown.out).toMatch(/^journal +entry 7 of 7$/m);
    expect((await runHistory(['rebuild'], { rebuild: { started: true } })).out).toBe('rebuilding\n');
  });

  it('says on stderr when an answer may miss something', async () => {
    const behind = { seq: 3, lastSeq: 9, lagMs: 1_500, rebuilding: true };
    const { err } = await runHistory(['list'], { list: { tasks: [], freshness: behind } });
    expect(err).toBe(
      'the history is not complete: journal entries 3 of 9, 1.5s behind; it is being rebuilt\n',
    );
  });

  it('prints the answer itself with --json', async () => {
    const { out } = await runHistory(['list', '--json'], { list: { tasks: [] } });
    expect(JSON.parse(out)).toEqual({ freshness, tasks: [] });
  });
});
