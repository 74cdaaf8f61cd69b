import { seededRandom } from '@precedent/kernel';
import { centroid, cosine, nearestOf, rounded } from './arithmetic.ts';
import { vectorsIn } from './flat-vectors.ts';
import type { FlatVectors } from './flat-vectors.ts';
import { firstCentres, round } from './k-means.ts';
import type { Round } from './k-means.ts';

interface OfVectors {
  readonly vectors: FlatVectors;
}

/** The arithmetic of `vector.compute`: functions that a thread runs. */
export const COMPUTE_CALLS = {
  similarity: ({ vectors }: OfVectors) => {
    const all = vectorsIn(vectors);
    return all.flatMap((one, a) =>
      all.slice(a + 1).map((other, i) => ({ a, b: a + 1 + i, score: rounded(cosine(one, other)) })),
    );
  },
  centroid: ({ vectors }: OfVectors): number[] =>
    [...(centroid(vectorsIn(vectors)) ?? new Float32Array())].map(rounded),
  nearest: ({ vectors, query, limit }: OfVectors & { readonly query: FlatVectors; readonly limit: number }) =>
    nearestOf(query.numbers, vectorsIn(vectors), limit),
  firstCentres: ({
    vectors,
    clusters,
    seed,
  }: OfVectors & { readonly clusters: number; readonly seed: number }) => {
    const random = seededRandom(seed);
    return firstCentres(vectorsIn(vectors), clusters, () => random.next()).map((centre) => centre.slice());
  },
  round: ({ vectors, centres }: OfVectors & { readonly centres: readonly Float32Array[] }): Round =>
    round(vectorsIn(vectors), centres),
};
