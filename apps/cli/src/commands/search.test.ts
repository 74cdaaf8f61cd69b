import { describe, expect, it } from 'vitest';
import { NOW } from '../testing/fake-cli.ts';
import { answering } from '../testing/fake-vectorizer.ts';

const HIT = {
  id: 'p1',
  kind: 'failure',
  text: 'import orders failed',
  at: NOW,
  score: 1,
  task: 'T1',
  outcome: 'failed',
  highlights: [],
  count: 3,
  firstAt: NOW - 120_000,
  lastAt: NOW - 60_000,
};
const FOUND = {
  hits: [HIT],
  text: 'imports',
  filters: { outcome: ['failed'] },
  parsed: [{ field: 'outcome', words: 'failed' }],
  semantic: false,
  partial: true,
  confidence: { level: 'low', value: 0.1 },
  freshness: { seq: 1, lastSeq: 2, lagMs: 40 },
};

describe('search', () => {
  it('sends the words as one query, with the filters of the flags', async () => {
    const { calls, run } = answering(FOUND);
    const flags = [
      '--project',
      'shop',
      '--since',
      '2d',
      '--until',
      '2026-11-20',
      '--no-parse',
      '--limit',
      '3',
    ];
    await run('search', 'failed', 'imports', ...flags);
    const filters = { project: 'shop', since: NOW - 2 * 86_400_000, until: Date.UTC(2026, 10, 20) };
    expect(calls).toEqual([
      ['find', 'failed imports', { namespace: 'default', filters, semantic: true, parse: false, limit: 3 }],
    ]);
  });

  it('tells what was found, how it was looked for, and what the answer is worth', async () => {
    const { out } = await answering(FOUND).run('search', 'imports');
    expect(out).toBe(
      'TASK  KIND     OUTCOME  AGE  WHAT\n' +
        'T1    failure  failed   1m   import orders failed (3 times)\n' +
        'looked for "imports" with outcome failed; by words only; a part of the history was examined; confidence low; 40ms behind\n' +
        '"failed" sets outcome; without: --ignore-filter outcome\n',
    );
  });

  it('shows under a failure the lines that match, each cut to its match', async () => {
    const line = `${'x'.repeat(100)} no space left on device`;
    const lines = [
      { text: 'Error: ENOSPC', highlights: [] },
      { text: line, highlights: [{ start: 104, end: 109 }] },
    ];
    const { out } = await answering({ ...FOUND, hits: [{ ...HIT, lines }], parsed: [] }).run(
      'search',
      'space',
    );
    expect(out.split('\n').slice(1, 4)).toEqual([
      'T1    failure  failed   1m   import orders failed (3 times)',
      '    Error: ENOSPC',
      expect.stringMatching(/^ {4}…?x+ no space left on device$/),
    ]);
  });

  it('shows what comes nearest apart from hits when nothing fits', async () => {
    const { out } = await answering({ ...FOUND, hits: [], nearest: [HIT] }).run('search', 'zebra');
    expect(out).toMatch(/^nothing fits; nearest:\nTASK .*\nT1 /);
  });

  it('reports a filter that it did not apply, and sends those to be ignored', async () => {
    const dropped = [{ field: 'time', words: 'since monday' }];
    const { calls, run } = answering({ ...FOUND, parsed: [], dropped });
    const { out } = await run('search', 'x', '--ignore-filter', 'band', 'limit');
    expect(out).toContain('nothing fits with time of "since monday": shown without it\n');
    expect(calls[0]?.[2]).toMatchObject({ ignoreFilters: ['band', 'limit'] });
  });

  it('tells the times that it read out of the query as times', async () => {
    const filters = { since: NOW - 3_600_000, until: NOW, outcome: ['failed'] };
    const freshness = { ...FOUND.freshness, lagMs: 90_000 };
    const { out } = await answering({ ...FOUND, filters, freshness }).run('search', 'x');
    expect(out).toContain(
      'with since 2026-11-20T11:00:00.000Z, until 2026-11-20T12:00:00.000Z, outcome failed;',
    );
    expect(out).toContain('; 1m 30s behind\n');
  });

  it('refuses a time that is none, by the name of its flag', async () => {
    const { exit, err } = await answering(FOUND).run('search', 'x', '--since', 'yesteryear');
    expect([exit, err]).toEqual([
      64,
      expect.stringContaining('--since is yesteryear; a time such as') as string,
    ]);
  });

  it.each([
    ['--kind', 'failed', 'failure'],
    ['--outcome', 'failure', 'timed_out'],
    ['--band', 'urgent', 'critical'],
  ])('refuses what is no %s, and tells what there is', async (flag, value, one) => {
    const { exit, err } = await answering(FOUND).run('search', 'x', flag, value);
    expect(exit).toBe(64);
    expect(err).toMatch(new RegExp(`${flag} .* argument '${value}' is invalid.*${one}`));
  });

  it('reports that nothing was found, and that the vectorizer does not answer', async () => {
    expect((await answering({ ...FOUND, hits: [] }).run('search', 'x')).out).toMatch(/^nothing found\n/);
  });
});

describe('search in a collection', () => {
  const reply = {
    collection: 'docs',
    hits: [{ id: 'p', text: 'Disk\n\nno space', at: NOW, score: 1.234, highlights: [], count: 1, key: 'k' }],
    semantic: false,
    partial: true,
    confidence: { level: 'low', value: 0.1 },
  };

  it('tells where it was found, and how it was looked for', async () => {
    const { calls, run } = answering(reply);
    const { out } = await run('search', 'no', 'space', '--collection', 'docs', '--no-semantic');
    expect(calls).toEqual([
      ['documents', 'no space', { namespace: 'default', semantic: false, collection: 'docs' }],
    ]);
    expect(out).toBe(
      'WHERE  SCORE  WHAT\nk      1.23   Disk no space\n' +
        'looked in docs; by words only; a part of it was examined; confidence low\n',
    );
  });

  it.each([['--kind', 'note'], ['--no-parse']])(
    'refuses %s, which belongs to what happened',
    async (...flags) => {
      const { exit, err } = await answering(reply).run('search', 'x', '--collection', 'docs', ...flags);
      expect([exit, err]).toEqual([
        64,
        expect.stringContaining(`${flags[0]} belongs to what happened`) as string,
      ]);
    },
  );

  it('lists the collections', async () => {
    const collections = [{ name: 'docs', points: 12, semantic: true }];
    const { out } = await answering({ collections }).run('collections', '--namespace', 'n');
    expect(out).toBe('COLLECTION  POINTS  SEARCHED BY\ndocs        12      meaning\n');
    expect((await answering({ collections: [] }).run('collections')).out).toBe(
      'no collections: `precedent ingest <folder> --collection <name>` makes one\n',
    );
  });
});
