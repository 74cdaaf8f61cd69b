import { isCelError, run } from '@bufbuild/cel';
import type { CelInput } from '@bufbuild/cel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { celConditions } from './cel-conditions.ts';

const conditions = celConditions();

type Text = fc.Arbitrary<string>;

const { flag } = fc.letrec<Record<'number' | 'text' | 'flag' | 'list', string>>((tie) => {
  const key = fc.constantFrom('a', 'b', 'c', 'none');
  const input: Text = fc.oneof(
    key.map((name) => `result.${name}`),
    key.map((name) => `result["${name}"]`),
    fc.tuple(key, fc.nat(3)).map(([name, index]) => `result.${name}[${index}]`),
    fc.constantFrom('id', 'state', 'error'),
  );
  const either = (one: Text, other: Text, by: Text): Text =>
    fc.tuple(one, by, other).map(([left, operator, right]) => `(${left} ${operator} ${right})`);
  // `in` is not asked of a map: a key that is no text is an error there, and just not in the map here.
  const numbers: Text = fc
    .array(fc.integer({ min: 0, max: 3 }), { maxLength: 3, minLength: 1 })
    .map((of) => `[${of.join(', ')}]`);
  const compared = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
  return {
    // Written with a point: that a double and a whole number can be added is an addition of ours.
    number: fc.oneof(
      { depthSize: 'small' },
      fc.integer({ min: -9, max: 9 }).map((of) => `${of}.0`),
      input,
      either(tie('number'), tie('number'), fc.constantFrom('+', '-', '*')),
      fc.tuple(tie('flag'), tie('number'), tie('number')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
    text: fc.oneof({ depthSize: 'small' }, fc.constantFrom('"a"', '"ab"', '""'), input),
    list: fc.oneof({ depthSize: 'small' }, input, numbers),
    flag: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom('true', 'false'),
      input,
      either(tie('number'), tie('number'), compared),
      either(tie('text'), tie('text'), compared),
      either(tie('list'), tie('list'), fc.constantFrom('==', '!=')),
      either(tie('flag'), tie('flag'), fc.constantFrom('&&', '||')),
      either(tie('number'), fc.oneof(numbers, fc.constant('result.b')), fc.constant('in')),
      tie('flag').map((of) => `!${of}`),
      key.map((name) => `has(result.${name})`),
      fc
        .tuple(tie('text'), fc.constantFrom('startsWith', 'endsWith', 'contains'), tie('text'))
        .map(([of, method, part]) => `${of}.${method}(${part})`),
      either(
        tie('list').map((of) => `size(${of})`),
        fc.constantFrom('0', '2'),
        compared,
      ),
      fc
        .tuple(tie('list'), fc.constantFrom('all', 'exists', 'exists_one'), compared, fc.nat(3))
        .map(([of, walk, by, value]) => `${of}.${walk}(x, x ${by} ${value})`),
    ),
  };
});

// Without null: the other implementation says of a key whose value is null that it is missing, the specification that it is there.
const leaf = fc.oneof(fc.nat(3), fc.constantFrom('a', 'ab', ''), fc.boolean(), fc.constant(0.5));
const results = fc.record(
  {
    a: leaf,
    b: fc.oneof(leaf, fc.array(fc.nat(3), { maxLength: 3 })),
    c: fc.dictionary(fc.constantFrom('a', 'b'), leaf),
  },
  { requiredKeys: [] },
);

/** The other implementation takes maps. */
const celInput = (value: unknown): CelInput => {
  if (Array.isArray(value)) return value.map(celInput);
  if (typeof value !== 'object' || value === null) return value as CelInput;
  return new Map(Object.entries(value).map(([key, of]) => [key, celInput(of)]));
};

type Said = boolean | 'no answer';

const oursOf = (condition: string, result: unknown): Said =>
  conditions.decide(condition, { id: 'a', state: 'completed', result, error: null }).holds ?? 'no answer';

const theirsOf = (condition: string, result: unknown): Said => {
  try {
    const said = run(condition, { id: 'a', state: 'completed', result: celInput(result), error: null });
    return !isCelError(said) && typeof said === 'boolean' ? said : 'no answer';
  } catch {
    return 'no answer';
  }
};

describe('a condition, against another implementation of CEL', () => {
  it('says the same about the same result, also whether it can be decided', () => {
    let decided = 0;
    fc.assert(
      fc.property(flag, results, (condition, result) => {
        fc.pre(conditions.problemOf(condition) === undefined);
        const ours = oursOf(condition, result);
        if (ours !== 'no answer') decided += 1;
        expect([condition, ours]).toEqual([condition, theirsOf(condition, result)]);
      }),
      { numRuns: 3_000, maxSkipsPerRun: 100 },
    );
    expect(decided).toBeGreaterThan(500);
  });
});
