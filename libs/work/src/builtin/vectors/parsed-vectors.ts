import { invalidField } from '../refusal.ts';
import { flatOf } from './flat-vectors.ts';
import type { FlatVectors } from './flat-vectors.ts';

/** The vectors of an object, which is JSON; runs in a thread. Throws INVALID_TASK for what is none. */
export const parsedVectors = ({
  bytes,
  name,
}: {
  readonly bytes: Uint8Array;
  readonly name: string;
}): FlatVectors => {
  const value = parsed(bytes);
  if (Array.isArray(value) && value.length > 0 && value.every(isVector)) return flatOf(value, 'object');
  throw invalidField('object', `expected a JSON list of vectors; ${name} is none`);
};

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
};

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === 'number');
