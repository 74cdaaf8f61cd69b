import { performance } from 'node:perf_hooks';
import { isAppError, seededRandom } from '@precedent/kernel';
import { mutant } from './mutate.ts';

/** How many inputs each decoder gets: `PRECEDENT_TEST_FUZZ=100000` tries as many as the documents promise. */
export const FUZZ_INPUTS = Number(process.env['PRECEDENT_TEST_FUZZ'] ?? 2_000);

const given = process.env['PRECEDENT_TEST_SEED'] ?? '1';
/** As for property tests: the same inputs on every run, unless another seed is asked for. */
export const FUZZ_SEED = given === 'random' ? Math.trunc(Date.now() % 2 ** 31) : Number(given);

export interface FuzzedDecoder {
  /** Valid inputs, as different as possible. Each is decoded first, and must not throw. */
  readonly examples: readonly (string | Uint8Array)[];
  /** May throw an `AppError`, and nothing else. */
  readonly decode: (input: Uint8Array) => unknown;
}

/** For one input. Milliseconds; a slow machine takes a hundredth of it. */
const HANG_MS = 2_000;
/** That all inputs together may leave in memory. */
const HEAP_BYTES_MAX = 256 * 1024 * 1024;

/** Throws, with the input, for one that fails with an untyped error or takes too long; and when memory is not given back. */
export const fuzzDecoder = ({ examples, decode }: FuzzedDecoder): void => {
  const valid = examples.map((example) => Buffer.from(example as string));
  for (const example of valid) decode(example);
  const random = seededRandom(FUZZ_SEED);
  const before = process.memoryUsage().heapUsed;
  for (let left = FUZZ_INPUTS; left > 0; left--) tryOne(mutant(random, valid), decode);
  const kept = process.memoryUsage().heapUsed - before;
  if (kept > HEAP_BYTES_MAX) throw new Error(`${FUZZ_INPUTS} inputs left ${kept} bytes in memory`);
};

const tryOne = (input: Uint8Array, decode: FuzzedDecoder['decode']): void => {
  const at = performance.now();
  try {
    decode(input);
  } catch (error) {
    if (!isAppError(error)) throw new Error(`${shown(input)}: threw ${String(error)}`, { cause: error });
  }
  const ms = performance.now() - at;
  if (ms > HANG_MS) throw new Error(`${shown(input)}: took ${ms} ms`);
};

const SHOWN_BYTES = 2_000;

const shown = (input: Uint8Array): string =>
  `the input ${JSON.stringify(Buffer.from(input.subarray(0, SHOWN_BYTES)).toString('latin1'))} of seed ${FUZZ_SEED}`;
