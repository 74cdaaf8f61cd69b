/** A list of vectors of one length. */
export type Vectors = readonly Float32Array[];

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};

/** -1 to 1; 0 when one of them has no length. */
export const cosine = (a: Float32Array, b: Float32Array): number => {
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length === 0 ? 0 : Math.max(-1, Math.min(1, dot(a, b) / length));
};

export const squaredDistance = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return sum;
};

/** The mean; `undefined` of none. */
export const centroid = (vectors: Vectors): Float32Array | undefined => {
  const [first] = vectors;
  if (first === undefined) return undefined;
  const sum = new Float64Array(first.length);
  for (const vector of vectors)
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0);
  return Float32Array.from(sum, (value) => value / vectors.length);
};

/** Six digits are what a float of 32 bits can tell; more only fill a result. */
export const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

/** The nearest by cosine, best first; at equal scores the earlier one. */
export const nearestOf = (
  query: Float32Array,
  vectors: Vectors,
  limit: number,
): { readonly index: number; readonly score: number }[] =>
  vectors
    .map((vector, index) => ({ index, score: rounded(cosine(query, vector)) }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, limit);
