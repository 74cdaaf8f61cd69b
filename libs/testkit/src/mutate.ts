import type { SeededRandom } from '@precedent/kernel';

/** Values that have broken decoders before. */
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  -0,
  '',
  ' ',
  '*',
  '>',
  'a.b',
  '__proto__',
  '\u0000',
  '\ud800',
  '\u202e',
  '9'.repeat(400),
  [],
  {},
  [[]],
  ['a', 'a'],
];

const PIECES: readonly string[] = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '.',
  '*',
  '>',
  '\\u0000',
  '\\ud83d',
  '1e999',
  '-',
  'null',
  '\r\n',
  '\u0000',
  '\ufeff',
  '{"__proto__":{"a":1}}',
  '['.repeat(600),
  '{"a":'.repeat(600),
  'x'.repeat(5_000),
];

const MUTATIONS_MAX = 4;
const PIECE_BYTES_MAX = 64;

/** An input that differs a little from one of the examples; of the same random numbers always the same. */
export const mutant = (random: SeededRandom, examples: readonly Uint8Array[]): Uint8Array => {
  let bytes: Uint8Array = random.pick(examples);
  for (let left = random.int(1, MUTATIONS_MAX); left > 0; left--)
    bytes = random.chance(0.4) ? changedValue(random, bytes) : changedBytes(random, bytes, examples);
  return bytes;
};

type Edit = (random: SeededRandom, bytes: Uint8Array, examples: readonly Uint8Array[]) => Uint8Array;

const EDITS: readonly Edit[] = [
  (random, bytes) => {
    const copy = Uint8Array.from(bytes);
    const at = random.int(0, Math.max(0, copy.length - 1));
    if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.int(0, 7));
    return copy;
  },
  (random, bytes) => replaced(random, bytes, new Uint8Array()),
  (random, bytes) => replaced(random, bytes, Buffer.from(random.pick(PIECES))),
  (random, bytes) => replaced(random, bytes, pieceOf(random, bytes)),
  (random, bytes, examples) => replaced(random, bytes, pieceOf(random, random.pick(examples))),
  (random, bytes) => bytes.subarray(0, random.int(0, bytes.length)),
];

const changedBytes: Edit = (random, bytes, examples) => random.pick(EDITS)(random, bytes, examples);

/** With something else in the place of a few bytes, or between two. */
const replaced = (random: SeededRandom, bytes: Uint8Array, piece: Uint8Array): Uint8Array => {
  const from = random.int(0, bytes.length);
  const to = random.int(from, Math.min(bytes.length, from + PIECE_BYTES_MAX));
  return Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(to)]);
};

const pieceOf = (random: SeededRandom, bytes: Uint8Array): Uint8Array => {
  const from = random.int(0, bytes.length);
  return bytes.subarray(from, random.int(from, Math.min(bytes.length, from + PIECE_BYTES_MAX)));
};

/** With another value somewhere inside, where the bytes are JSON; otherwise the bytes. */
const changedValue = (random: SeededRandom, bytes: Uint8Array): Uint8Array => {
  try {
    return Buffer.from(JSON.stringify(changedIn(random, JSON.parse(Buffer.from(bytes).toString()))) ?? '');
  } catch {
    return bytes;
  }
};

const changedIn = (random: SeededRandom, value: unknown): unknown => {
  const isParent = typeof value === 'object' && value !== null;
  if (!isParent || random.chance(0.15)) return random.pick(VALUES);
  const entries = Object.entries(value);
  if (entries.length === 0 || random.chance(0.15)) return withMember(random, value);
  const [key, member] = random.pick(entries);
  const changed = random.chance(0.15) ? undefined : changedIn(random, member);
  if (Array.isArray(value))
    return value.map((each, at) => (String(at) === key ? changed : (each as unknown)));
  return { ...value, [key]: changed };
};

const withMember = (random: SeededRandom, value: object): unknown =>
  Array.isArray(value)
    ? [...(value as unknown[]), random.pick(VALUES)]
    : { ...value, [random.pick(['id', 'namespace', 'other', ''])]: random.pick(VALUES) };
