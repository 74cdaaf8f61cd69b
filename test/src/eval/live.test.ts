import { uuid5 } from '@precedent/semantic';
import { describe, expect, it } from 'vitest';
import { anyTermOf, bm25Answers } from './baselines.ts';
import { outputSetOf } from './labelled-outputs.ts';
import { docOfHit, docsOfPoints, rankedAnswer } from './live-answers.ts';
import { liveJsonOf, liveMissesOf, liveReportOf, liveTablesOf, missedLimits } from './live-report.ts';
import { causeScoresOf, derivedPairs, retrievalScoresOf } from './live-scores.ts';
import type { RankedAnswer, ReportedFailure } from './live-scores.ts';

const answer = (kind: string, rank?: number, hits = 10): RankedAnswer => ({
  query: 'q',
  kind,
  text: 'disk full',
  hits,
  first: 'spec: x',
  ...(rank !== undefined && { rank }),
});

const failure = (id: string, group: string, more: Partial<ReportedFailure> = {}): ReportedFailure => ({
  id,
  group,
  similar: [],
  ...more,
});

describe('retrievalScoresOf', () => {
  it('counts recall over queries with an answer, and abstentions apart', () => {
    const answers = [
      answer('exact', 1),
      answer('exact', 6),
      answer('fix', 2),
      answer('noisy', undefined, 0),
      answer('negative', undefined, 0),
      answer('negative'),
    ];
    expect(retrievalScoresOf(answers)).toMatchObject({
      queries: 4,
      recall_at_1: 0.25,
      recall_at_5: 0.5,
      exact_recall_at_1: 0.5,
      fix_recall_at_1: 0,
      abstain_unanswerable: 0.5,
      abstain_answerable: 0.25,
      by_kind: { fix: { queries: 1, mrr: 0.5 } },
    });
  });
});

describe('causeScoresOf', () => {
  it('takes precision over all failures with one fingerprint; without a fingerprint nothing is the same', () => {
    const failures = [
      failure('a', 'x', { fingerprint: '1' }),
      failure('b', 'x', { fingerprint: '1' }),
      failure('c', 'y', { fingerprint: '1' }),
      failure('d', 'z'),
      failure('e', 'z'),
    ];
    const pairs = [
      { a: 'a', b: 'b', label: 'same' },
      { a: 'd', b: 'e', label: 'same' },
    ] as const;
    expect(causeScoresOf(failures, pairs)).toMatchObject({
      fingerprint_precision: 0.3333,
      fingerprint_recall: 0.5,
    });
  });

  it('takes the recall of fingerprints over reruns, and of similar failures over reworded ones', () => {
    const failures = [
      failure('a', 'x', { fingerprint: '1' }),
      failure('b', 'x', { fingerprint: '1' }),
      failure('c', 'x', { fingerprint: '2', similar: ['d'] }),
      failure('d', 'x', { fingerprint: '3' }),
    ];
    const pairs = [
      { a: 'a', b: 'b', label: 'rerun' },
      { a: 'c', b: 'd', label: 'rerun' },
      { a: 'c', b: 'd', label: 'reworded' },
      { a: 'a', b: 'c', label: 'reworded' },
      { a: 'b', b: 'c', label: 'reworded' },
      { a: 'b', b: 'd', label: 'reworded' },
    ] as const;
    expect(causeScoresOf(failures, pairs)).toMatchObject({ fingerprint_recall: 0.5, similar_recall: 0.25 });
  });

  it('counts a pair as reported when the answer about either names the other', () => {
    const failures = [
      failure('a', 'x'),
      failure('b', 'x', { similar: ['a'] }),
      failure('c', 'y', { similar: ['b'] }),
    ];
    const pairs = [
      { a: 'a', b: 'b', label: 'reworded' },
      { a: 'b', b: 'c', label: 'near_miss' },
      { a: 'a', b: 'c', label: 'near_miss' },
    ] as const;
    expect(causeScoresOf(failures, pairs)).toMatchObject({ similar_recall: 1, near_miss_rate: 0.5 });
  });
});

describe('derivedPairs', () => {
  it('takes all of one cause, and to each failure the nearest of another cause', () => {
    const failures = [failure('a', 'x'), failure('b', 'x'), failure('c', 'y')];
    expect(derivedPairs(failures, (a, b) => -Math.abs(a - b))).toEqual([
      { a: 'a', b: 'b', label: 'same' },
      { a: 'a', b: 'c', label: 'near_miss' },
      { a: 'b', b: 'c', label: 'near_miss' },
      { a: 'c', b: 'b', label: 'near_miss' },
    ]);
  });
});

describe('docs of hits', () => {
  const submitted = { docOfTask: new Map([['t', 'doc']]), docOfResolution: new Map([['r', 'fix']]) };

  it('are those of their tasks; of a resolution its own, not that of the failure', () => {
    expect(docOfHit(submitted, { id: 'p', kind: 'spec', task: 't' })).toBe('doc');
    expect(docOfHit(submitted, { id: 'r', kind: 'resolution', task: 't' })).toBe('fix');
    expect(docOfHit(submitted, { id: 'n', kind: 'note' })).toBeUndefined();
  });

  it('are found for the points that `seen` names', () => {
    const points = docsOfPoints(submitted.docOfTask);
    expect(points.get(uuid5('failure', 'default', 't', 1, 0))).toBe('doc');
    expect(points.get(uuid5('attempt', 'default', 't', 1, 0))).toBe('doc');
  });

  it('have the rank of their hit, also behind several of one task', () => {
    const query = { id: 'q', text: 'x', kind: 'exact', relevant: ['c'] };
    expect(rankedAnswer(query, { docs: ['a', 'a', undefined, 'c'] })).toMatchObject({ rank: 4, hits: 4 });
    expect(rankedAnswer(query, { docs: [undefined] }).rank).toBeUndefined();
  });
});

describe('bm25Answers', () => {
  const set = outputSetOf({
    docs: [
      { id: 'a', kind: 'failure', exit: 1, stderr: 'error: E11000 duplicate key', group: 'x' },
      { id: 'b', kind: 'failure', exit: 1, stderr: 'error: no space left on device', group: 'y' },
      { id: 'r', kind: 'resolution', outcome: 'pruned old images', stderr: '', group: 'y' },
    ],
    queries: [
      { id: '1', text: 'what is E11000?', kind: 'exact', relevant: ['a'] },
      { id: '2', text: 'images AND "OR', kind: 'fix', relevant: ['r'] },
      { id: '3', text: '???', kind: 'negative', relevant: [] },
    ],
  });

  it('finds any of the terms, and in a resolution what was recorded', () => {
    expect(bm25Answers(set).map(({ rank, hits }) => [rank, hits])).toEqual([
      [1, 1],
      [1, 1],
      [undefined, 0],
    ]);
  });

  it('has each term once, quoted', () => {
    expect(anyTermOf('libfoo.so.1 AND libfoo')).toBe('"libfoo" OR "so" OR "1" OR "AND"');
  });
});

describe('the report', () => {
  const [right, wrong] = [[answer('exact', 1)], [answer('exact')]];
  const failures = [failure('a', 'x'), failure('b', 'x')];
  const report = liveReportOf({ answers: right, failures, pairs: [], bm25: wrong, cosine: right });

  it('has the baselines and the limits next to the figures of the product', () => {
    const table = liveTablesOf(report);
    expect(table).toContain('| exact_recall_at_1 | 1.000 | 0.000 | 1.000 | ≥ 0.96 |');
    expect(table).toContain('| fingerprint_recall | 0.000 |  |  | ≥ 0.65 |');
    expect(table).toContain('| exact | 1 | 1.000 / 1.000 / 1.000 | 0.000 / 0.000 / 0.000 |');
    expect(report).toMatchObject({ failures: 2, causes: 1, rerun_pairs: 0, reworded_pairs: 0 });
  });

  it('names the limits that are missed, and the baselines that are not surpassed', () => {
    const missed = missedLimits(report);
    expect(missed).toContain('fingerprint_recall 0, expected ≥ 0.65');
    expect(missed).toContain('mrr 1, expected more than 1 of cosine');
    expect(
      missed.filter((one) => one.startsWith('mrr') || one.startsWith('abstain_answerable')),
    ).toHaveLength(1);
    expect(missedLimits({ ...report, near_miss_rate: 0.06 })).toContain(
      'near_miss_rate 0.06, expected ≤ 0.05',
    );
  });

  it('has the figures of the later half under their own name', () => {
    const json = liveJsonOf([
      ['first', report],
      ['later', { ...report, causes: 7 }],
    ]);
    expect(json).toMatchObject({ causes: 1, later: { causes: 7 } });
  });

  it('lists the queries without the right first hit, and those without an answer that got hits', () => {
    const answers = [
      answer('exact', 1),
      answer('fix', 3),
      answer('negative'),
      answer('negative', undefined, 0),
    ];
    expect(liveMissesOf(answers).split('\n')).toEqual([
      '3 fix "disk full" → spec: x',
      '- negative "disk full" → spec: x',
    ]);
  });
});
