import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedFilters, pointFilterOf } from './filters.ts';
import { rankByWords } from './lexical.ts';
import { rerankedByWords } from './nearness.ts';
import { foldedByTask, grouped, withSolvedFailures } from './fold.ts';
import { highlightsOf } from './present.ts';
import { matchingLines } from './matching-lines.ts';
import { confidenceOf, rank } from './rank.ts';
import type { Candidate } from './candidate.ts';
import { looksExact, termsOf } from './terms.ts';
import { stemOf } from '../text/words.ts';

const NOW = 1_000_000_000_000;

const candidate = (
  id: string,
  text: string,
  given: Partial<Candidate> & { readonly more?: object } = {},
): Candidate => ({
  id,
  cosine: given.cosine ?? 0.3,
  payload: { namespace: 'default', at: NOW, text, ...given.more },
});
const order = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id);

describe('looksExact, termsOf and stemOf', () => {
  it.each([
    'E11000',
    'ORD-17',
    'import.py',
    'src/a.ts',
    'loadRows',
    'user_id',
    'ECONNREFUSED',
    '10.2.7.19:8443',
    '4711',
    'TS2345',
  ])('take %s as an exact term', (word) => expect(looksExact(word)).toBe(true));

  it.each(['backup', 'Backup', 'failed', 'SSL', 'no', '7', 'K'])('take %s as a plain word', (word) =>
    expect(looksExact(word)).toBe(false),
  );

  it('return the distinct meaningful words, and a quoted phrase as one term', () => {
    expect(termsOf('why did the "no space" backup of the backup fail?')).toEqual([
      { word: 'no space', isExact: true },
      { word: 'backup', isExact: false },
      { word: 'fail', isExact: false },
    ]);
  });

  it.each([
    ['imports', 'imported'],
    ['importing', 'import'],
    ['migrate', 'migrated'],
    ['retries', 'retry'],
    ['crashes', 'crashed'],
    ['stopping', 'stopped'],
  ])('give %s and %s one stem', (a, b) => expect(stemOf(a)).toBe(stemOf(b)));
});

describe('rank', () => {
  it('puts a candidate with the exact code before the semantically nearest one', () => {
    const near = candidate('near', 'a unique value was there twice', { cosine: 0.9 });
    const far = candidate('far', 'E11000 on the index', { cosine: 0.1 });
    const other = candidate('other', 'disk full', { cosine: 0.2 });
    expect(order(rank([other, far, near], { query: 'value is not unique', now: NOW }))[0]).toBe('near');
    expect(order(rank([other, far, near], { query: 'E11000', now: NOW }))[0]).toBe('far');
  });

  it('counts ids that only the payload holds', () => {
    const found = rank(
      [candidate('a', 'order not found'), candidate('b', 'order not found', { more: { refs: ['ord-17'] } })],
      {
        query: 'ORD-17',
        now: NOW,
      },
    );
    expect(found[0]).toMatchObject({ id: 'b', exactShare: 1 });
    expect(found[1]).toMatchObject({ id: 'a', exactShare: 0 });
  });

  it('prefers the exact code to as many plain words', () => {
    const words = candidate('words', 'the import was broken');
    const code = candidate('code', 'about ORD-17');
    expect(order(rank([words, code], { query: 'broken import ORD-17', now: NOW }))[0]).toBe('code');
  });

  it('finds a path by its file name', () => {
    const found = rank([candidate('a', 'error in other.ts'), candidate('b', 'error in rows.test.ts')], {
      query: 'src/api/rows.test.ts',
      now: NOW,
    });
    expect(found[0]?.id).toBe('b');
  });

  it('uses age and project only between equal candidates', () => {
    const old = candidate('a', 'disk full', { more: { at: NOW - 90 * 86_400_000 } });
    const fresh = candidate('b', 'disk full');
    const own = candidate('c', 'disk full', { more: { at: NOW - 90 * 86_400_000, project: 'mine' } });
    expect(order(rank([old, fresh], { query: 'disk', now: NOW }))).toEqual(['b', 'a']);
    expect(order(rank([old, own], { query: 'disk', now: NOW, project: 'mine' }))).toEqual(['c', 'a']);
    const better = candidate('d', 'disk full', { cosine: 0.9, more: { at: 0 } });
    expect(order(rank([fresh, better], { query: 'x', now: NOW }))[0]).toBe('d');
  });

  it('prefers a failure of which both documents are near to one of which a single one is', () => {
    const of = (task: string, cosines: readonly number[]): readonly Candidate[] =>
      cosines.map((cosine, at) =>
        candidate(`${task}${at}`, task, { cosine, more: { task, kind: ['failure', 'log_window'][at] } }),
      );
    const tasks = foldedByTask([...of('one', [0.8]), ...of('both', [0.75, 0.7]), ...of('far', [0.1])]);
    expect(order(rank(tasks, { query: 'x', now: NOW }))).toEqual(['both0', 'one0', 'far0']);
  });

  it('does not depend on the order of the candidates', () => {
    const all = ['disk full', 'E11000 dup', 'out of memory', 'disk full'].map((text, at) =>
      candidate(`id-${at}`, text, { cosine: 0.2 }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 4 }), (shuffled) => {
        expect(order(rank(shuffled, { query: 'disk E11000', now: NOW }))).toEqual(
          order(rank(all, { query: 'disk E11000', now: NOW })),
        );
      }),
    );
  });

  it('accepts an empty list, one candidate and a query without words', () => {
    expect(rank([], { query: 'x', now: NOW })).toEqual([]);
    expect(rank([candidate('a', 'x')], { query: '?!', now: NOW })[0]?.score).toBeGreaterThanOrEqual(0);
  });

  it('ranks a text with a similar word higher when words are compared', () => {
    const texts = [
      candidate('a', 'requests were limited', { cosine: 0.4 }),
      candidate('b', 'requests were green', { cosine: 0.42 }),
    ];
    const ranked = rank(texts, { query: 'throttled', now: NOW });
    expect(order(ranked)[0]).toBe('b');
    const similarity = (a: string, b: string): number => (a === 'throttled' && b === 'limited' ? 0.9 : 0.1);
    const soft = rerankedByWords(
      rank([...texts, candidate('c', 'x', { cosine: 0 })], { query: 'throttled', now: NOW }),
      termsOf('throttled'),
      similarity,
    );
    expect(soft[0]).toMatchObject({ id: 'a' });
  });
});

describe('rankByWords', () => {
  const texts = [
    candidate('a', 'backup failed, disk full'),
    candidate('b', 'backup completed'),
    candidate('c', 'deploy failed'),
  ];

  it('puts candidates with more and rarer words first, and leaves out those without any', () => {
    expect(order(rankByWords(texts, 'failed backups'))[0]).toBe('a');
    expect(order(rankByWords(texts, 'disks'))).toEqual(['a']);
    expect(rankByWords(texts, 'zebra')).toEqual([]);
  });
});

describe('foldedByTask and withSolvedFailures', () => {
  const of = (id: string, kind: string, more: object = {}, cosine = 0.3): Candidate =>
    candidate(id, `text of ${id}`, { cosine, more: { kind, task: 't1', ...more } });

  it('fold the documents of a task under its failure, with the cosine of the nearest', () => {
    const [task, ...others] = foldedByTask([
      of('a', 'attempt', {}, 0.9),
      of('s', 'spec'),
      of('l', 'log_window'),
      of('f', 'failure', {}, 0.2),
    ]);
    expect(others).toEqual([]);
    expect(task).toMatchObject({ id: 'f', cosine: 0.9 });
    expect(task?.documents?.map(({ id }) => id)).toEqual(['f', 'l', 'a', 's']);
  });

  it('leave resolutions, notes and other tasks as they are', () => {
    const all = [of('r', 'resolution'), of('n', 'note'), of('f', 'failure'), of('o', 'spec', { task: 't2' })];
    expect(foldedByTask(all).map(({ id }) => id)).toEqual(['r', 'n', 'f', 'o']);
  });

  it('give a resolution the words of the failures that it solved, by task and by fingerprint', () => {
    const tasks = foldedByTask([
      of('r', 'resolution', { fingerprint: 'p' }, 0.1),
      of('f', 'failure', {}, 0.6),
      of('same', 'failure', { task: 't2', fingerprint: 'p' }, 0.7),
      of('other', 'failure', { task: 't3', fingerprint: 'q' }, 0.8),
    ]);
    const resolution = withSolvedFailures(tasks).find(({ id }) => id === 'r');
    expect(resolution).toMatchObject({ cosine: 0.7 });
    expect(resolution?.documents?.map(({ id }) => id)).toEqual(['r', 'f', 'same']);
  });
});

describe('matchingLines', () => {
  const of = (lines: readonly string[]) => candidate('a', 'x', { more: { lines } }).payload;

  it('returns the lines with most terms, at most three, in the order of the output', () => {
    const lines = ['Error: disk', 'none', 'disk quota of the bucket', 'quota', 'quota disk'];
    const found = matchingLines(of(lines), termsOf('disk quota'));
    expect(found.map(({ text }) => text)).toEqual(['Error: disk', 'disk quota of the bucket', 'quota disk']);
    expect(found[0]?.highlights).toEqual([{ start: 7, end: 11 }]);
  });

  it('returns nothing when no line holds a term, and without an output', () => {
    expect(matchingLines(of(['a', 'b']), termsOf('disk'))).toEqual([]);
    expect(matchingLines(candidate('a', 'disk').payload, termsOf('disk'))).toEqual([]);
  });
});

describe('grouped and highlightsOf', () => {
  const failure = (id: string, fingerprint: string, kind = 'failure', at = NOW): Candidate =>
    candidate(id, `text of ${id}`, { more: { kind, fingerprint, at } });

  it('group documents of the same failure, and count an attempt and its failure once', () => {
    const lines = grouped([
      failure('a', 'f1', 'attempt', 5),
      failure('b', 'f2'),
      failure('c', 'f1', 'failure', 9),
      failure('d', 'f1'),
    ]);
    expect(lines.map(({ best, count, others }) => [best.id, count, others])).toEqual([
      ['c', 2, ['a', 'd']],
      ['b', 1, []],
    ]);
    expect(lines[0]).toMatchObject({ firstAt: 5, lastAt: NOW });
  });

  it('count successes that a document stands for', () => {
    const attempt = (id: string, more: object): Candidate =>
      candidate(id, 'same', { more: { kind: 'attempt', ...more } });
    const [line] = grouped([attempt('a', { count: 7, first_at: 3 }), attempt('b', {})]);
    expect(line).toMatchObject({ count: 8, firstAt: 3 });
  });

  it('group equal texts of one kind', () => {
    const spec = (id: string, kind: string): Candidate => candidate(id, 'same', { more: { kind } });
    const lines = grouped([spec('a', 'spec'), spec('b', 'spec'), spec('c', 'note')]);
    expect(lines.map(({ best, count }) => [best.id, count])).toEqual([
      ['a', 2],
      ['c', 1],
    ]);
  });

  it('return the positions of terms in any form', () => {
    const text = 'Imports failed: no space left in rows.csv';
    const shown = highlightsOf(text, termsOf('import "no space" rows.csv')).map(({ start, end }) =>
      text.slice(start, end),
    );
    expect(shown).toEqual(['Imports', 'no space', 'rows.csv']);
  });

  it('return no positions that overlap or lie outside of the text', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 8 }), fc.lorem({ maxCount: 4 }), (text, query) => {
        const places = highlightsOf(text, termsOf(query));
        for (const [at, { start, end }] of places.entries()) {
          expect(start).toBeGreaterThanOrEqual(places[at - 1]?.end ?? 0);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });
});

describe('confidenceOf', () => {
  it('is low without a hit, for a distant hit, and for a missing exact term', () => {
    expect(confidenceOf(undefined).level).toBe('low');
    expect(confidenceOf({ cosine: 0.2, share: 0 }).level).toBe('low');
    expect(confidenceOf({ cosine: 0.6, share: 0, exactShare: 0 }).level).toBe('low');
  });

  it('is not low for a near hit, or one with the exact term', () => {
    expect(confidenceOf({ cosine: 0.6, share: 0.5 }).level).not.toBe('low');
    expect(confidenceOf({ cosine: 0.1, share: 1, exactShare: 1 }).level).not.toBe('low');
  });
});

describe('mergedFilters and pointFilterOf', () => {
  it('prefer explicit filters to parsed ones, field by field', () => {
    expect(mergedFilters({ project: ['a'], since: 1 }, { project: ['b'] })).toEqual({
      project: ['b'],
      since: 1,
    });
  });

  it('return conditions of the index within the namespace', () => {
    expect(pointFilterOf('ns', { outcome: ['failed'], since: 5, until: 9, project: [] })).toEqual({
      namespace: 'ns',
      fields: { outcome: ['failed'] },
      ranges: { at: { from: 5, to: 9 } },
    });
    expect(pointFilterOf('ns', {})).toEqual({ namespace: 'ns' });
  });
});
