import { invalidField } from '../refusal.ts';
import { NUMBERS_MAX, flatOf } from './flat-vectors.ts';
import type { FlatVectors } from './flat-vectors.ts';

/** The vectors of an object, which is JSON; runs in a thread. Throws INVALID_TASK for what is none. */
export const parsedVectors = ({
  bytes,
  name,
}: {
  readonly bytes: Uint8Array;
  readonly name: string;
}): FlatVectors => {
  const value = mayBeVectors(bytes) ? parsed(bytes) : undefined;
  if (Array.isArray(value) && value.length > 0 && value.every(isVector)) return flatOf(value, 'object');
  throw invalidField(
    'object',
    `expected a JSON list of vectors with at most ${NUMBERS_MAX} numbers; ${name} is none`,
  );
};

/** Commas and brackets of as many vectors as are allowed. */
const MARKS_MAX = 2 * NUMBERS_MAX;
const [QUOTE, COMMA, BRACKET, BRACE] = Buffer.from('",[{');

/** `false` for texts and objects, and for so many values that parsing them could take more memory than the thread has, which would end the process. */
const mayBeVectors = (bytes: Uint8Array): boolean => {
  let marks = 0;
  for (const byte of bytes) {
    if (byte === QUOTE || byte === BRACE) return false;
    if (byte === COMMA || byte === BRACKET) marks++;
  }
  return marks <= MARKS_MAX;
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
