import os from 'node:os';
import path from 'node:path';
import { seededRandom } from '@precedent/kernel';
import { plainWordsOf, search as ask, wordVectors } from '@precedent/semantic';
import type { WordVectors } from '@precedent/semantic';
import { sqliteVectorCache } from '@precedent/sqlite';
import { cachedEmbedder } from '@precedent/transformers';
import type { Bench, RunFigures } from './bench.ts';
import { interactionText, questionText } from './interactions.ts';
import { rssOf } from './procfs.ts';
import { latencyFigures } from './stats.ts';
import { COLLECTION, NAMESPACE, interactionPoint, withVectors } from './vector-world.ts';
import type { VectorWorld } from './vector-world.ts';
import type { Stage } from './world.ts';

const INTERACTIONS = 100_000;
/** Texts that are really embedded; the others get the vector of one of these, with noise. */
const EMBEDDED = 3_000;
/** Of each of 384 numbers: enough that a vector is as far from its origin as a paraphrase is. */
const NOISE = 0.02;
/** Words that are known when the questions come. */
const LEARNT = 2_000;
const QUESTIONS = 500;
const WARM_UP = 50;
const CANDIDATES = 100;
const MB = 2 ** 20;
/** The vectors of earlier runs, by model and text: questions are embedded again each time. */
const CACHE_FILE = path.join(os.tmpdir(), 'precedent-bench-cache', 'vectors.db');

const run = (stage: Stage): Promise<RunFigures> =>
  withVectors(stage, async (world) => {
    const words = wordVectors(world.embedder.queries);
    await world.filled(() => fill(world, stage, words));
    await world.settled();
    stage.say('indexed, now questions');
    const whole: number[] = [];
    const [embedding, querying]: [number[], number[]] = [[], []];
    for (let n = 0; n < QUESTIONS + WARM_UP; n++) {
      const totalMs = await answered(world, questionText(n), words);
      const { embedMs, queryMs } = await parts(world, questionText(n));
      if (n < WARM_UP) continue;
      whole.push(totalMs);
      embedding.push(embedMs);
      querying.push(queryMs);
    }
    const qdrant_mb = rssOf(world.qdrantPid) / MB;
    const ceiling = {
      ...latencyFigures(
        '',
        embedding.map((embedMs, at) => embedMs + (querying[at] ?? Number.NaN)),
      ),
      ...latencyFigures('embed_', embedding),
      ...latencyFigures('query_', querying),
    };
    return { metrics: { ...latencyFigures('', whole), qdrant_mb }, ceiling };
  });

/** One question from its text to the answer, by the search of the product. Milliseconds. */
const answered = async (
  { embedder, index }: VectorWorld,
  query: string,
  words: WordVectors,
): Promise<number> => {
  const startedAt = performance.now();
  const context = { index, collection: COLLECTION, embedder: embedder.queries, words };
  const { hits, semantic } = await ask(context, {
    namespace: NAMESPACE,
    query,
    now: Date.now(),
    parse: false,
  });
  if (!semantic || hits.length === 0) throw new Error(`"${query}" found ${hits.length}`);
  return performance.now() - startedAt;
};

/** Its two largest parts on their own. */
const parts = async ({ embedder, index }: VectorWorld, text: string) => {
  const startedAt = performance.now();
  const [vector = new Float32Array()] = await embedder.queries.embed([text]);
  const embeddedAt = performance.now();
  const filter = { namespace: NAMESPACE, ranges: { at: { from: 0 } } };
  await index.query(COLLECTION, { filter, vector, limit: CANDIDATES });
  return { embedMs: embeddedAt - startedAt, queryMs: performance.now() - embeddedAt };
};

const fill = async ({ embedder, index }: VectorWorld, { say }: Stage, words: WordVectors): Promise<void> => {
  const texts = Array.from({ length: EMBEDDED }, (_, n) => interactionText(n * 33));
  const cache = sqliteVectorCache({ file: CACHE_FILE });
  const real = await cachedEmbedder(embedder, cache).embed(texts);
  await cache.close();
  // As the vectorizer does it: the words of a text are learnt when it is indexed.
  await words.learn(texts.flatMap(plainWordsOf), LEARNT);
  say(`${EMBEDDED} texts embedded, now ${INTERACTIONS} points`);
  const random = seededRandom(1);
  for (let from = 0; from < INTERACTIONS; from += 1_000) {
    const points = Array.from({ length: 1_000 }, (_, i) => {
      const origin = real[Math.floor((from + i) / 33) % EMBEDDED] ?? new Float32Array();
      return interactionPoint(
        from + i,
        noisy(origin, () => random.next()),
      );
    });
    await index.upsert(COLLECTION, points);
  }
};

/** Sums of three even chances are close to the normal distribution, and have a deviation of a half. */
const noisy = (vector: Float32Array, next: () => number): Float32Array =>
  vector.map((value) => value + 2 * NOISE * (next() + next() + next() - 1.5));

export const search: Bench = {
  about:
    'a question in words to its ten best answers among 100,000 interactions (vectors of 3,000 real texts, with noise);' +
    ' for comparison the embedding and the query on their own',
  run,
};
