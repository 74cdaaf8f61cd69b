import { memoryVectorIndex } from '@precedent/memory';
import { expect, it } from 'vitest';
import { SPEC, aPoint, problemOf } from './vector-index-points.ts';
import { describeVectorIndex } from './vector-index.suite.ts';

describeVectorIndex('memory', async () => ({
  index: memoryVectorIndex(),
  close: async () => undefined,
}));

it('holds no more points than its limit, and counts a replaced point once', async () => {
  const index = memoryVectorIndex({ pointsMax: 2 });
  await index.ensure({ name: 'main', ...SPEC });
  await index.upsert('main', [aPoint(1), aPoint(2)]);
  await index.upsert('main', [aPoint(2)]);
  const problem = await problemOf(index.upsert('main', [aPoint(3)]));
  expect(problem).toMatchObject({
    code: 'VECTORS_UNAVAILABLE',
    message: 'the index in memory holds 2 of 2 points',
  });
});
