import { centroid, squaredDistance } from './arithmetic.ts';
import type { Vectors } from './arithmetic.ts';

/** Centres to begin with: far from each other, chosen by `random` (in [0, 1)). At most as many as there are vectors. */
export const firstCentres = (vectors: Vectors, clusters: number, random: () => number): Float32Array[] => {
  const first = vectors[Math.floor(random() * vectors.length)];
  const centres = first === undefined ? [] : [first];
  const distances = vectors.map(() => Infinity);
  while (centres.length < Math.min(clusters, vectors.length)) {
    const last = centres.at(-1) ?? new Float32Array();
    for (const [i, vector] of vectors.entries()) {
      distances[i] = Math.min(distances[i] ?? Infinity, squaredDistance(vector, last));
    }
    const next = vectors[weighted(distances, random())];
    if (next === undefined) break;
    centres.push(next);
  }
  return centres;
};

/** An index, each as likely as its weight says; `share` is in [0, 1). */
const weighted = (weights: readonly number[], share: number): number => {
  let rest = share * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return index;
  }
  return weights.length - 1;
};

export interface Round {
  /** The index of the nearest centre, for each vector. */
  readonly assignment: readonly number[];
  /** Means of what was assigned; one that got nothing stays where it was. */
  readonly centres: Float32Array[];
  /** Sum of the squared distances to the centres that the round began with. */
  readonly inertia: number;
}

/** One round: every vector to its nearest centre, every centre to the middle of its vectors. */
export const round = (vectors: Vectors, centres: Vectors): Round => {
  let inertia = 0;
  const assignment = vectors.map((vector) => {
    const [index, distance] = nearestCentre(vector, centres);
    inertia += distance;
    return index;
  });
  const members = centres.map((): Float32Array[] => []);
  for (const [i, vector] of vectors.entries()) members[assignment[i] ?? 0]?.push(vector);
  return { assignment, inertia, centres: centres.map((centre, i) => centroid(members[i] ?? []) ?? centre) };
};

const nearestCentre = (
  vector: Float32Array,
  centres: Vectors,
): readonly [index: number, distance: number] => {
  let [best, bestDistance] = [0, Infinity];
  for (const [index, centre] of centres.entries()) {
    const distance = squaredDistance(vector, centre);
    if (distance < bestDistance) [best, bestDistance] = [index, distance];
  }
  return [best, bestDistance];
};
