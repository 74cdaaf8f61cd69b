import { memoryVectorIndex } from '@precedent/memory';
import type { Embedder, Point, VectorIndex } from '@precedent/ports';
import { INDEXED_FIELDS, plainWordsOf, search, wordVectors } from '@precedent/semantic';
import type { RankOptions, SearchAnswer, WordVectors } from '@precedent/semantic';
import type { LabelledQuery, LabelledSet } from './labelled-set.ts';
import type { Outcome } from './scores.ts';

const COLLECTION = 'eval';
const BATCH = 500;
/** The maximum of an answer: the rank of the right document is searched in all hits. */
const HITS = 1_000;

export interface SearchVariant {
  readonly embedder: Embedder;
  readonly ranking?: Partial<RankOptions>;
  /** `false`: by words only. */
  readonly semantic?: boolean;
  /** `false`: not word by word. */
  readonly wordByWord?: boolean;
}

/** Indexes a set and runs all of its queries, with the search of the product. */
export const runQueries = async (set: LabelledSet, variant: SearchVariant): Promise<readonly Outcome[]> => {
  const index = await indexed(set, variant.embedder);
  // As in the vectorizer: the words of a text are learnt when it is indexed.
  const words = wordVectors(variant.embedder);
  await words.learn(
    set.documents.flatMap(({ text }) => plainWordsOf(text)),
    Number.POSITIVE_INFINITY,
  );
  const outcomes: Outcome[] = [];
  for (const query of set.queries) outcomes.push(await runQuery({ set, index, words, variant }, query));
  return outcomes;
};

const indexed = async ({ documents }: LabelledSet, embedder: Embedder): Promise<VectorIndex> => {
  const index = memoryVectorIndex();
  await index.ensure({ name: COLLECTION, dimensions: embedder.model.dimensions, indexed: INDEXED_FIELDS });
  const vectors = await embedder.embed(documents.map(({ text }) => text));
  const points = documents.flatMap(({ id, payload }, at): Point[] => {
    const vector = vectors[at];
    return vector === undefined ? [] : [{ id, vector, payload }];
  });
  for (let at = 0; at < points.length; at += BATCH)
    await index.upsert(COLLECTION, points.slice(at, at + BATCH));
  return index;
};

interface IndexedSet {
  readonly set: LabelledSet;
  readonly index: VectorIndex;
  readonly words: WordVectors;
  readonly variant: SearchVariant;
}

const runQuery = async (
  { set, index, words, variant }: IndexedSet,
  query: LabelledQuery,
): Promise<Outcome> => {
  const { embedder, ranking, semantic, wordByWord } = variant;
  const answer = await search(
    { index, collection: COLLECTION, embedder, ...(wordByWord !== false && { words }) },
    {
      namespace: 'default',
      query: query.text,
      now: set.now,
      limit: HITS,
      parse: set.parse,
      ...(semantic !== undefined && { semantic }),
      ...(ranking && { ranking }),
    },
  );
  return outcomeOf(query, answer);
};

/** A hit stands for all documents with the same text. */
const outcomeOf = (
  { id, kind, text, relevant, isLater = false }: LabelledQuery,
  { hits, confidence }: SearchAnswer,
): Outcome => {
  const isRight = hits.map((hit) => [hit.id, ...hit.others].some((one) => relevant.includes(one)));
  const at = isRight.indexOf(true);
  return {
    query: id,
    kind,
    text,
    isLater,
    ...(at >= 0 && { rank: at + 1 }),
    confidence: confidence.level,
    confidenceValue: confidence.value,
    first: hits[0]?.payload.text ?? '',
  };
};
