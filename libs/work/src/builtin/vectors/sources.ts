import type { EmbedderSource } from '../embedder-source.ts';
import { badField } from '../refusal.ts';
import type { TaskObjects } from '../storage/task-objects.ts';
import type { Vectors } from './arithmetic.ts';

/** Where a payload's vectors come from: one of the three. */
export interface VectorSource {
  readonly vectors?: readonly (readonly number[])[] | undefined;
  readonly texts?: readonly string[] | undefined;
  readonly object?: string | undefined;
}

/** Numbers of all vectors together: about 16 MB. */
const NUMBERS_MAX = 4_000_000;

/** The vectors of a payload, all of one length. Throws INVALID_TASK. */
export const sourceVectors = async (
  { vectors, texts, object }: VectorSource,
  { objects, embedder }: { readonly objects: TaskObjects; readonly embedder: EmbedderSource },
): Promise<Vectors> => {
  const given = [vectors, texts, object].filter((source) => source !== undefined);
  if (given.length !== 1)
    throw badField('vectors', `expected one of vectors, texts and object; got ${given.length} of them`);
  if (texts !== undefined) return await (await embedder()).embed(texts);
  return evenVectors(vectors ?? (await storedVectors(object ?? '', objects)));
};

/** Checks that they are of one length, and not too many. */
export const evenVectors = (vectors: readonly (readonly number[])[]): Vectors => {
  const length = vectors[0]?.length ?? 0;
  const odd = vectors.findIndex((vector) => vector.length !== length);
  if (odd >= 0)
    throw badField(
      `vectors.${odd}`,
      `expected ${length} numbers, as the first has; got ${vectors[odd]?.length}`,
    );
  const numbers = vectors.length * length;
  if (numbers > NUMBERS_MAX)
    throw badField('vectors', `expected at most ${NUMBERS_MAX} numbers together; got ${numbers}`);
  return vectors.map((vector) => Float32Array.from(vector));
};

const storedVectors = async (name: string, objects: TaskObjects): Promise<number[][]> => {
  const bytes = await objects.get(name);
  if (bytes === undefined) throw badField('object', `there is no object ${name}`);
  const value = parsed(bytes);
  if (Array.isArray(value) && value.length > 0 && value.every(isVector)) return value;
  throw badField('object', `expected a JSON list of vectors; ${name} is none`);
};

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
};

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((number) => Number.isFinite(number));
