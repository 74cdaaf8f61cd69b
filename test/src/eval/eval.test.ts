import { cachedEmbedder, memoryVectorCache, startEmbedder } from '@precedent/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '@precedent/ports';
import { similarityReport } from './similarity.ts';
import { evalArguments } from './arguments.ts';
import { runQueries } from './run-queries.ts';
import { FEW, forecastReport } from './forecast.ts';
import { ownSet, ownTasks } from './labelled-set.ts';
import { belowFloors, reportOf, scoresOf } from './scores.ts';
import type { Outcome } from './scores.ts';

const outcome = (rank?: number, kind = 'paraphrase'): Outcome => ({
  query: 'q',
  kind,
  text: 'x',
  confidence: 'low',
  confidenceValue: 0,
  first: '',
  ...(rank !== undefined && { rank }),
});

describe('scoresOf and reportOf', () => {
  it('compute recall at 1 and 5 and the mean reciprocal rank', () => {
    expect(scoresOf([outcome(1), outcome(2), outcome(6), outcome()])).toEqual({
      queries: 4,
      recall_at_1: 0.25,
      recall_at_5: 0.5,
      mrr: 0.4167,
    });
  });

  it('leave queries without an answer out of recall', () => {
    const report = reportOf([outcome(1), outcome(1, 'exact'), outcome(undefined, 'negative')]);
    expect(report).toMatchObject({ queries: 2, recall_at_1: 1, exact_recall_at_1: 1, negative_low: 1 });
    expect(belowFloors({ recall_at_5: 0.979, mrr: 0.88, exact_recall_at_1: 1 })).toEqual(['recall_at_5']);
  });
});

describe('predictions', () => {
  it.each([
    ['the successes that the index has', undefined],
    ['few successes, which stand for the others', FEW],
  ])('are calibrated on a history whose truth is known, with %s', (_, limits) => {
    const { coverage, below, above, pinball, ...report } = forecastReport(2, limits);
    const { pinball_best: best, odds_coverage: odds } = report;
    expect(coverage).toBeGreaterThan(0.75);
    expect(coverage).toBeLessThan(0.85);
    expect(Math.max(below, above)).toBeLessThan(0.14);
    expect(pinball).toBeLessThan(best * 1.1);
    expect(odds).toBeGreaterThan(0.92);
  });
});

describe('evalArguments', () => {
  it('accepts its options, and refuses unknown ones', () => {
    expect(evalArguments(['--json', '--docs', 'd.json'])).toEqual({
      json: true,
      docs: 'd.json',
      live: false,
      misses: false,
    });
    expect(evalArguments(['--model', '/m/../model']).model).toBe('/model');
    expect(() => evalArguments(['--jsno'])).toThrow();
    expect(() => evalArguments(['--half', 'second'])).toThrow('--half: expected first or later');
  });
});

describe('the labelled set', () => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = cachedEmbedder(await startEmbedder(), memoryVectorCache());
  });
  afterAll(() => embedder.close());

  it('is large and varied enough for meaningful scores', () => {
    const { documents, queries } = ownSet();
    expect(documents.length).toBeGreaterThanOrEqual(150);
    expect(queries.length).toBeGreaterThanOrEqual(100);
    expect(new Set(documents.map(({ kind }) => kind)).size).toBe(8);
    for (const { relevant, kind, text } of queries)
      expect([text, relevant.length > 0]).toEqual([text, kind !== 'negative']);
  });

  it('has tasks and failures that similarity distinguishes, and tasks with one small difference that it does not', async () => {
    const report = await similarityReport(ownTasks(), embedder);
    expect(report.task_pairs).toBeGreaterThan(2_000);
    expect(report.tasks_taken_for_one).toBe(0);
    expect(Math.min(...Object.values(report.variants))).toBeGreaterThan(0.85);
    expect(report.failures_taken_for_one).toBeLessThanOrEqual(1);
  });

  it('is answered with scores above the floors', async () => {
    const report = reportOf(await runQueries(ownSet(), { embedder }));
    expect(belowFloors(report)).toEqual([]);
  });
});
