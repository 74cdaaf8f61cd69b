import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { celConditions } from './cel-conditions.ts';

const expressions = celConditions();

const input = {
  input: { version: '1.2.0', dry: false, list: [1, 2, 3], long: 'x'.repeat(30_000) },
  steps: {
    test: { state: 'completed', result: { coverage: 0.91, files: ['a.ts', 'b.ts'] }, error: null },
    'odd-name': { state: 'failed', result: null, error: { code: 'X', message: 'no' } },
  },
  item: { id: 7 },
  index: 1,
};
const names = Object.keys(input);
const value = (text: string): unknown => {
  const { value: said, failure } = expressions.evaluate(text, input);
  return failure ?? said;
};

describe('an expression', () => {
  it.each<[string, unknown]>([
    ['steps.test.result.coverage >= 0.8', true],
    ['steps["odd-name"].error.code', 'X'],
    ['input.list[index]', 2],
    ['input.list.map(x, x * 2)', [2, 4, 6]],
    ['input.list.filter(x, x % 2 == 1)', [1, 3]],
    ['index + 1', 2],
    ['size(steps.test.result.files)', 2],
    [
      '{"version": input.version, "counts": [1, 2], "item": item}',
      { version: '1.2.0', counts: [1, 2], item: { id: 7 } },
    ],
    ['"v" + input.version', 'v1.2.0'],
    ['input.dry ? dyn("none") : null', null],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('%s is %j', (text, expected) => {
    expect(expressions.checkExpression(text, { names, says: 'value' })).toBeUndefined();
    expect(value(text)).toEqual(expected);
  });

  it.each<[string, RegExp]>([
    ['9007199254740993', /whole number 9007199254740993 is too large for JSON/],
    ['1.0 / 0.0', /Infinity, which is no JSON/],
    ['dyn(timestamp("2026-01-01T00:00:00Z"))', /type Date is no JSON/],
    ['dyn(b"abc")', /type \w+ is no JSON/],
    ['input.missing', /No such key: missing/],
    ['[input.long, input.long, input.long]', /too large; at most 65536/],
  ])('has no value: %s', (text, failure) => {
    expect(value(text)).toMatch(failure);
  });

  it.each<[string, 'bool' | 'value', RegExp]>([
    ['other == 1', 'bool', /Unknown variable: other/],
    ['1 + 1', 'bool', /says int; a condition says true or false/],
    ['duration("1h")', 'value', /says google.protobuf.Duration; a value is JSON/],
    ['type(input)', 'value', /says type; a value is JSON/],
    ['input ==', 'bool', /./],
  ])('is refused: %s', (text, says, problem) => {
    expect(expressions.checkExpression(text, { names, says })).toMatch(problem);
  });

  it('reads at most 64 KiB, and counts only what it reads', () => {
    const large = { small: 1, large: 'x'.repeat(70_000) };
    expect(expressions.evaluate('input.small + 1', { input: large })).toEqual({
      value: 2,
      read: { 'input.small': '1' },
    });
    expect(expressions.evaluate('input.large', { input: large }).failure).toMatch(
      /what it reads has 70002 characters; an expression reads at most 65536/,
    );
  });

  it('names the paths that it reads, without the variables of its walks', () => {
    expect(
      expressions.readsOf(
        'steps.test.result.files.exists(f, f.name == input.name && steps["b"].state == "x")',
      ),
    ).toEqual([
      ['steps', 'test', 'result', 'files'],
      ['input', 'name'],
      ['steps', 'b', 'state'],
    ]);
    expect(expressions.readsOf('has(steps.a.result.x) ? steps[input.which].result : item')).toEqual([
      ['steps', 'a', 'result', 'x'],
      ['steps'],
      ['input', 'which'],
      ['item'],
    ]);
    expect(expressions.readsOf('no (')).toEqual([]);
  });

  it('gives JSON or a failure, whatever its input', () => {
    const texts = fc.constantFrom(
      'input',
      'input.map(x, [x, x])',
      '[input, input]',
      '{"a": input}',
      'input + input',
      'string(input)',
      'input[0]',
      'size(input)',
    );
    fc.assert(
      fc.property(texts, fc.jsonValue(), (text, of) => {
        const { value: said, failure } = expressions.evaluate(text, { input: of });
        if (failure === undefined)
          expect(JSON.parse(JSON.stringify(said))).toEqual(JSON.parse(JSON.stringify(said ?? null)));
        expect(failure === undefined).toBe(said !== undefined);
      }),
      { numRuns: 500 },
    );
  });
});
