import { describe, expect, it } from 'vitest';
import { NOW } from '../testing/fake-cli.ts';
import { answering } from '../testing/fake-vectorizer.ts';

describe('what the past tells of a task', () => {
  it('is nothing of a failure that tells no cause, but failures that are similar', async () => {
    const text = 'replica lost its slot';
    const similar = Array.from({ length: 4 }, (_, at) => ({
      id: `p${at}`,
      task: `T${at}`,
      text,
      similarity: 0.5,
      at,
    }));
    const reply = { task: 'T9', isNew: false, similar: similar.slice(0, 1) };
    expect((await answering(reply).run('seen', 'T9')).out).toBe(
      'failure of T9: its output and message tell no cause\n  similar (50 %): T0: replica lost its slot\n',
    );
    expect(
      (await answering({ ...reply, fingerprint: 'f00d', isNew: true, similar }).run('seen', 'T9')).out,
    ).toMatch(/^failure f00d of T9 is new\n.*T0.*\n.*T1.*\n.*T2.*\n {2}similar failures in all: 4\n$/);
  });

  it('is a table of what is different', async () => {
    const changes = [
      { field: 'version', before: '1.0', after: '1.1' },
      { field: 'env', name: 'DEBUG', after: 'set' },
    ];
    const reply = { task: 'T2', lastSuccess: { task: 'T1', at: NOW - 60_000 }, changes };
    expect((await answering(reply).run('diff', 'T2')).out).toBe(
      'T2 against T1, which completed 1m 00s ago\nWHAT       WORKED  NOW\nversion    1.0     1.1\nenv DEBUG          set\n',
    );
    expect((await answering({ task: 'T2', changes: [] }).run('diff', 'T2')).out).toMatch(
      /no earlier task .* completed/,
    );
  });

  it('is a prediction with its support, and silence where there is none', async () => {
    const duration = { p10: 1_000, p50: 2_000, p90: 9_000, basis: 'spec', support: 12, evidence: [] };
    const failure = { odds: 0.25, low: 0.1, high: 0.5, basis: 'type', support: 20, evidence: [] };
    expect((await answering({ duration, failure, looked: 32 }).run('predict', 'T2')).out).toBe(
      'duration 2.0s (1.0s to 9.0s; 12 runs of the same spec)\nfailure rate 25 % (10 % to 50 %; 20 tasks of the same type)\n',
    );
    const shown = async (reply: object): Promise<string> =>
      (await answering({ needed: 8, ...reply }).run('predict', 'T2')).out;
    expect(await shown({ looked: 3, completed: 1 })).toBe('no prediction: not enough runs (3 of 8)\n');
    expect(await shown({ failure, looked: 20, completed: 9 })).toContain(
      'no duration: the completed runs are too old\n',
    );
    expect(await shown({ failure, looked: 20, completed: 4 })).toBe(
      'no duration: not enough completed runs (4 of 8)\nfailure rate 25 % (10 % to 50 %; 20 tasks of the same type)\n',
    );
  });
});

describe('what would suit a task', () => {
  const evidence: string[] = [];

  it('shows suggested limits, lost work and duplicates', async () => {
    const same = { task: 'T7', name: 'load', state: 'active', at: NOW - 60_000 };
    const reply = {
      memory: { value: 1_152, reason: 'too_low', now: 512, support: 6, evidence },
      retry: {
        advice: 'retry',
        succeeded: 0.9,
        low: 0.6,
        high: 1,
        delayMs: 5_000,
        max: 2,
        support: 10,
        evidence,
      },
      interruptions: {
        preemptions: 7,
        lostMs: 1,
        lostShare: 0.12,
        checkpointGapMs: 40_000,
        advice: 'write_more_checkpoints',
        support: 9,
        evidence,
      },
      duplicates: {
        equal: [same],
        similar: [
          { ...same, task: 'T8', state: 'completed', similarity: 1, isSameKind: true },
          { ...same, task: 'T9', similarity: 0.87, isSameKind: false },
        ],
      },
      looked: 2,
    };
    expect((await answering(reply).run('predict', 'T2')).out).toBe(
      'no prediction: not enough runs (2 of 8)\n' +
        'suggested memory: 1152 MiB (too low; 6 runs)\n' +
        'retry recommended: 90 % of 10 succeeded after 5.0s, 2 at most\n' +
        '12 % of its work was lost to 7 preemptions: it writes a checkpoint every 40.0s\n' +
        'the same as T7 (load), submitted 1m 00s ago\n' +
        'similar to T8 (load), completed 1m 00s ago: the same with other values\n' +
        'similar to T9 (load), submitted 1m 00s ago: similarity 87 %\n',
    );
  });

  it('accepts a hypothetical task, and refuses an id together with a description', async () => {
    const { calls, run } = answering({ looked: 0 });
    await run('predict', '--project', 'shop', '--name', 'x', '--', 'npm', 'test');
    await run('predict', '--type', 'http');
    expect(calls).toEqual([
      ['predict', { namespace: 'default', project: 'shop', name: 'x', command: 'npm', args: ['test'] }],
      ['predict', { namespace: 'default', project: 'default', type: 'http' }],
    ]);
    const refused = [
      ['T1', '--type', 'http'],
      ['--command', 'a', '--', 'b'],
      ['--name', 'x'],
    ];
    for (const words of refused) expect((await run('predict', ...words)).exit).toBe(64);
  });

  it('is a table of what belongs to it, and a word where nothing does', async () => {
    const near = { type: 'command', task: 'T4', gapMs: 2_000, support: 9, of: 10, confidence: 0.9, evidence };
    const recommendations = [
      { relation: 'dependencies', name: 'build', lift: 13.6, ...near },
      { relation: 'artifacts', name: 'report.html', support: 8, of: 10, confidence: 0.8, evidence },
    ];
    const reply = { basis: 'spec', cases: 10, reachMs: 1, recommendations };
    expect((await answering(reply).run('recommend', 'T2')).out).toBe(
      'by 10 runs of the same spec\n' +
        'RELATION    WHAT         CASES    LIFT  GAP   LATEST\n' +
        'depends on  build        9 of 10  14x   2.0s  T4\n' +
        'produces    report.html  8 of 10\n',
    );
    const nothing = { ...reply, basis: 'alike', cases: 1, recommendations: [] };
    expect((await answering(nothing).run('recommend', 'T2')).out).toBe(
      'no recommendations: 1 run of semantically similar tasks\n',
    );
  });
});

describe('what failed', () => {
  const kind = {
    fingerprint: 'f',
    types: ['command'],
    tasks: 2,
    firstAt: NOW,
    lastAt: NOW - 60_000,
    task: 'T1',
  };
  const clusters = [
    {
      count: 5,
      lastAt: NOW,
      trend: 'rising',
      found: 2,
      kinds: [
        { ...kind, text: 'disk full', count: 3, isNew: true },
        { ...kind, text: 'no space', count: 2, isNew: false },
      ],
    },
  ];

  it('is a table of causes', async () => {
    const reply = { since: 0, failures: 5, partial: true, semantic: false, found: 1, clusters };
    const { calls, run } = answering(reply);
    expect((await run('failures', '--since', '2h', '--project', 'shop')).out).toBe(
      'COUNT  TREND        LAST  LATEST  WHAT\n' +
        '5      rising  new  1m    T1      disk full (3 in 2 tasks)\n' +
        '                    1m    T1      no space (2 in 2 tasks)\n' +
        '5 failures of 1 cause; more exist than were examined; by fingerprint only\n',
    );
    expect(calls).toEqual([['failures', { namespace: 'default', since: NOW - 7_200_000, project: 'shop' }]]);
    expect((await answering({ ...reply, clusters: [] }).run('failures')).out).toBe('nothing failed\n');
    const part = answering({ ...reply, found: 3, cursor: '1.2.3', clusters: [{ ...clusters[0], found: 9 }] });
    expect((await part.run('failures', '--new', '--cursor', '1.2.2')).out).toMatch(
      / and 7 more\n5 failures of 3 causes; 1 shown; .*\nthere are more: --cursor 1\.2\.3\n$/,
    );
    expect(part.calls).toMatchObject([['failures', { newFirst: true, cursor: '1.2.2' }]]);
    expect((await run('failures', '--since', 'ever')).err).toContain('--since is an age such as "7d"');
  });
});

describe('what people tell', () => {
  it('is kept with who said it and where it is from', async () => {
    const { calls, run } = answering({ id: 'n1', indexed: false });
    const { out } = await run(
      'remember',
      'the',
      'host',
      'moves',
      '--source',
      'T1',
      '--source',
      'T2',
      '--tag',
      'db',
      '--ttl',
      '30d',
    );
    const about = { namespace: 'default', project: 'default', by: 'ada' };
    expect(calls).toEqual([
      ['remember', { text: 'the host moves', ...about, sources: ['T1', 'T2'], tags: ['db'], ttl: '30d' }],
    ]);
    expect(out).toBe('stored as n1; found as soon as it is indexed\n');
  });

  it('is found again', async () => {
    const note = {
      id: 'n1',
      kind: 'note',
      text: 'the host moves',
      by: 'ada',
      at: NOW - 60_000,
      sources: [],
      score: 1,
    };
    const { out } = await answering({ notes: [note] }).run('recall', 'host');
    expect(out).toBe('KIND  BY   AGE  WHAT\nnote  ada  1m   the host moves\n');
  });

  it('is a resolution only with a task that shows it', async () => {
    const { calls, run } = answering({ id: 'r1', indexed: true, fingerprint: 'f00d' });
    expect((await run('resolve', 'T1', 'restart', 'it')).exit).toBe(64);
    expect((await run('resolve', 'T1', 'restart', 'it', '--evidence', 'T9')).out).toBe(
      'recorded for failure f00d\n',
    );
    const unexplained = answering({ id: 'r1', indexed: true });
    expect((await unexplained.run('resolve', 'T1', 'x', '--evidence', 'T9')).out).toBe(
      'recorded for searches only: the output and message of the failure tell no cause\n',
    );
    expect(calls).toEqual([
      ['resolve', { id: 'T1', text: 'restart it', namespace: 'default', by: 'ada', evidence: 'T9' }],
    ]);
  });
});
