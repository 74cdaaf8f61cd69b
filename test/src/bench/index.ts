import type { Embedder } from '@precedent/ports';
import { cachedEmbedder, memoryVectorCache } from '@precedent/transformers';
import type { Bench, RunFigures } from './bench.ts';
import { interactionText } from './interactions.ts';
import { rssOf } from './procfs.ts';
import { COLLECTION, interactionPoint, withVectors } from './vector-world.ts';
import type { VectorWorld } from './vector-world.ts';
import type { Stage } from './world.ts';

const DISTINCT = 5_000;
const REPEATED = 50_000;
/** Texts that the repeated interactions share, as 10,000 no-ops do. */
const SHARED = 50;
const BATCH = 500;
/** Batches under way: while one is stored, the next one is embedded. */
const UNDER_WAY = 2;
const MB = 2 ** 20;

const run = (stage: Stage): Promise<RunFigures> =>
  withVectors(stage, async (world) => {
    // First: later the server builds its graphs at the same time.
    const alone = await embeddingRate(world);
    const embedder = cachedEmbedder(world.embedder, memoryVectorCache());
    const distinct = await rateOf(world, embedder, { from: 0, count: DISTINCT, textOf: (n) => n });
    stage.say(`distinct: ${Math.round(distinct)} a second`);
    const shared = { from: DISTINCT, count: REPEATED, textOf: (n: number) => n % SHARED };
    const repeated = await rateOf(world, embedder, shared);
    const rss_mb = process.memoryUsage.rss() / MB;
    const metrics = {
      distinct_per_s: distinct,
      repeated_per_s: repeated,
      ratio_to_model_alone: distinct / alone,
      rss_mb,
      qdrant_mb: rssOf(world.qdrantPid) / MB,
    };
    return { metrics, ceiling: { distinct_per_s: alone, repeated_per_s: alone } };
  });

interface Lot {
  readonly from: number;
  readonly count: number;
  /** Which text interaction `n` has. */
  readonly textOf: (n: number) => number;
}

/** Interactions a second, from their texts to points that queries find. */
const rateOf = async (
  { index }: VectorWorld,
  embedder: Embedder,
  { from, count, textOf }: Lot,
): Promise<number> => {
  const startedAt = performance.now();
  let next = from;
  const work = async (): Promise<void> => {
    while (next < from + count) {
      const numbers = Array.from({ length: BATCH }, (_, i) => next + i);
      next += BATCH;
      const vectors = await embedder.embed(numbers.map((n) => interactionText(textOf(n))));
      const points = numbers.map((n, i) => interactionPoint(n, vectors[i] ?? new Float32Array()));
      await index.upsert(COLLECTION, points);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, work));
  return count / ((performance.now() - startedAt) / 1_000);
};

/** The model alone, on as many new texts. */
const embeddingRate = async ({ embedder }: VectorWorld): Promise<number> => {
  const texts = Array.from({ length: DISTINCT }, (_, n) => interactionText(1_000_000 + n));
  const startedAt = performance.now();
  await embedder.embed(texts);
  return DISTINCT / ((performance.now() - startedAt) / 1_000);
};

export const index: Bench = {
  about:
    'interactions from text to found points, distinct ones and such that share 50 texts; for comparison the model alone',
  run,
};
