import { DatabaseSync } from 'node:sqlite';
import type { Embedder } from '@precedent/ports';
import type { OutputDoc, OutputSet } from './labelled-outputs.ts';
import { rankedAnswer } from './live-answers.ts';
import type { RankedAnswer } from './live-scores.ts';
import { cosine } from './similarity.ts';

/** As many as the product is requested to find. */
const HITS = 10;
/** Of the end of an output: more does not go into the model. */
const TAIL_CHARS = 1_000;

/** What was printed; of a resolution also what was recorded. */
const rawTextOf = ({ kind, outcome, stderr }: OutputDoc): string =>
  kind === 'resolution' ? `${stderr}\n${outcome}` : stderr;

/** BM25 over the raw outputs: any term of the query, the rare ones first. */
export const bm25Answers = ({ docs, queries }: OutputSet): readonly RankedAnswer[] => {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec('CREATE VIRTUAL TABLE outputs USING fts5(id UNINDEXED, text)');
    const insert = database.prepare('INSERT INTO outputs VALUES (?, ?)');
    for (const doc of docs) insert.run(doc.id, rawTextOf(doc));
    const find = database.prepare(
      `SELECT id FROM outputs WHERE outputs MATCH ? ORDER BY bm25(outputs) LIMIT ${HITS}`,
    );
    return queries.map((query) => {
      const match = anyTermOf(query.text);
      return rankedAnswer(query, { docs: match === '' ? [] : find.all(match).map(({ id }) => String(id)) });
    });
  } finally {
    database.close();
  }
};

/** Each word as a string of FTS5, so that none of its operators is read out of it. */
export const anyTermOf = (query: string): string =>
  [...new Set(query.match(/[\p{L}\p{N}_]+/gu) ?? [])].map((term) => `"${term}"`).join(' OR ');

/** By the cosine of the query to the end of each raw output, alone. */
export const cosineAnswers = async (
  { docs, queries }: OutputSet,
  embedder: Embedder,
): Promise<readonly RankedAnswer[]> => {
  const vectors = await outputVectors(docs, embedder);
  const queryVectors = await embedder.embed(queries.map(({ text }) => text));
  return queries.map((query, at) =>
    rankedAnswer(query, { docs: nearest(queryVectors[at], { docs, vectors }) }),
  );
};

interface EmbeddedDocs {
  readonly docs: readonly OutputDoc[];
  readonly vectors: readonly Float32Array[];
}

const nearest = (query: Float32Array | undefined, { docs, vectors }: EmbeddedDocs): readonly string[] =>
  docs
    .map(({ id }, at) => ({ id, nearness: cosine(query, vectors[at]) }))
    .toSorted((a, b) => b.nearness - a.nearness)
    .slice(0, HITS)
    .map(({ id }) => id);

/** Of the ends of raw outputs. */
export const outputVectors = (
  docs: readonly OutputDoc[],
  embedder: Embedder,
): Promise<readonly Float32Array[]> =>
  embedder.embed(docs.map((doc) => rawTextOf(doc).slice(-TAIL_CHARS).toWellFormed()));
