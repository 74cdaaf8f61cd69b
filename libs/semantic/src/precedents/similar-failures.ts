import type { SeenReply } from '@precedent/contract-types';
import type { PointHit, PointPayload } from '@precedent/ports';

/** The least cosine and the least share of rare words of two similar failures; measured in docs/semantic.md. */
const SIMILAR_MIN = { cosine: 0.42, rare: 0.08 };
/** Among fewer kinds of failures every word is rare; similar ones have a larger share of any words in common. */
const FEW = { kinds: 50, words: 0.4 };
const SIMILAR_MAX = 10;

type Words = ReadonlySet<string>;

/**
 * Failures that are near by meaning, and whose most telling lines have specific words (`words`) in common that are rare among `hits`, the most
 * similar first. One tool words different causes alike, so nearness alone is not enough. `hits` are the nearest failures.
 */
export const similarFailures = (failure: PointPayload, hits: readonly PointHit[]): SeenReply['similar'] => {
  const own = wordsOf(failure);
  const others = hits.map((hit) => ({ hit, words: wordsOf(hit.payload) }));
  const kinds = new Map(others.map(({ hit, words }) => [hit.payload['fingerprint'] ?? hit.id, words]));
  const areFew = kinds.size < FEW.kinds;
  const weightOf = areFew ? () => 1 : rarityAmong([...kinds.values()]);
  const min = areFew ? FEW.words : SIMILAR_MIN.rare;
  return others
    .map(({ hit, words }) => ({ hit, share: sharedOf(own, words, weightOf) }))
    .filter(({ hit, share }) => hit.score >= SIMILAR_MIN.cosine && share >= min)
    .toSorted((x, y) => y.share - x.share || y.hit.payload.at - x.hit.payload.at)
    .slice(0, SIMILAR_MAX)
    .map(({ hit }) => viewOf(hit));
};

const viewOf = ({ id, score, payload }: PointHit): SeenReply['similar'][number] => ({
  id,
  task: String(payload['task']),
  text: payload.text,
  similarity: Math.min(1, Math.max(0, score)),
  at: payload.at,
  ...(typeof payload['fingerprint'] === 'string' && { fingerprint: payload['fingerprint'] }),
});

const wordsOf = ({ words }: PointPayload): Words => new Set(Array.isArray(words) ? words.map(String) : []);

/** 1 for a word of one kind of failures, less the more of them have it. A frequent failure is one kind. */
const rarityAmong = (kinds: readonly Words[]): ((word: string) => number) => {
  const counts = new Map<string, number>();
  for (const word of kinds.flatMap((words) => [...words])) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (word) => 1 / (counts.get(word) ?? 1);
};

/** The weight of the words that two sets have in common, by the size of both: 1 for equal sets of weight 1 a word. */
const sharedOf = (a: Words, b: Words, weightOf: (word: string) => number): number => {
  const shared = [...a].filter((word) => b.has(word)).reduce((sum, word) => sum + weightOf(word), 0);
  return shared / Math.max(1, Math.sqrt(a.size * b.size));
};
