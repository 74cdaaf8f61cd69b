import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { celConditions } from './cel-conditions.ts';

const conditions = celConditions();

const result = {
  score: 0.7,
  count: 3,
  items: [1, 2, 3],
  name: 'Grüße',
  nested: { list: [{ ok: true }] },
  none: null,
};
const decide = (text: string, of: unknown = result) =>
  conditions.decide(text, { id: 'a', state: 'completed', result: of, error: null });

describe('a condition', () => {
  it.each([
    ['result.score >= 0.5', true],
    ['result.count >= 3', true],
    ['result.count + 1 == 4', true],
    ['result.count / 2 == 1.5', true],
    ['result.count == 3 && result.score < 0.5', false],
    ['state == "completed" && error == null', true],
    ['id == "a"', true],
    ['result.items.exists(x, x == 2)', true],
    ['result.items.all(x, x > 1)', false],
    ['size(result.items) == 3', true],
    ['has(result.missing) && result.missing > 1', false],
    ['result.nested.list[0].ok', true],
    ['result.name.startsWith("Grü")', true],
    ['re(result.name, "^G.*e$")', true],
    ['result.none == null', true],
    ['has(result.none)', true],
    ['"score" in result', true],
  ])('%s holds: %s', (text, holds) => {
    expect(conditions.problemOf(text)).toBeUndefined();
    expect(decide(text)).toMatchObject({ holds });
  });

  it('says what it read, with missing values, and cuts long ones', () => {
    const { read } = decide('result.score > 0.5 && (state == "failed" || result["count"] > 5)');
    expect(read).toEqual({ 'result.score': '0.7', state: '"completed"', 'result.count': '3' });
    expect(decide('result.a.b == 1').read).toEqual({ 'result.a.b': 'missing' });
    expect(decide('result == "x"', 'y'.repeat(1_000)).read['result']?.length).toBeLessThanOrEqual(100);
  });
});

describe('a condition that is refused', () => {
  it.each([
    ['result.score >', /Unexpected token/],
    ['', /Unexpected token/],
    ['results.score > 1', /Unknown variable: results/],
    ['state + 1 == 2', /no such overload: string \+ int/],
    ['state', /says string; a condition says true or false/],
    ['1 + 1', /says int/],
    ['result.name.matches("a")', /re\(text, pattern\)/],
    ['re(result.name, result.name)', /needs a pattern that is written as a text/],
    ['re(result.name, "(")', /re\(\): /],
    ['re(result.name, "(a)\\\\1")', /re\(\): /],
    [`re(result.name, "${'a'.repeat(300)}")`, /300 characters; at most 256/],
    ['result.items.all(x, result.items.exists(y, x == y))', /within another walk/],
    ['result.items.map(x, x).exists(x, x == 1)', /within another walk/],
    [`${'('.repeat(200)}true${')'.repeat(200)}`, /./],
    [Array.from({ length: 300 }, () => 'true').join(' && '), /./],
    ['cel.bind(a, result + result, a.contains("b"))', /cel\.bind\(\) is not there/],
    ['now() > 1', /./],
  ])('%s', (text, problem) => {
    expect(conditions.problemOf(text)).toMatch(problem);
  });
});

describe('a condition that cannot be decided', () => {
  it.each<[string, unknown, RegExp]>([
    ['result.missing > 1', result, /No such key: missing/],
    ['result.name > 1', result, /no such overload/],
    ['result.score', result, /says a number and not true or false/],
    ['result.a > 1', null, /./],
    ['result == "x"', 'x'.repeat(70_000), /70002 characters; an expression reads at most 65536/],
    [
      'result.exists(x, x == 1)',
      Array.from({ length: 12_000 }, () => 0),
      /it could take \d+ steps on the 24001 characters that it reads; at most 50000 are taken/,
    ],
    ['result.all(x, x in result)', Array.from({ length: 1_200 }, () => 0), /it could take \d+ steps/],
    ['result.split("").join("bb") == ""', 'x'.repeat(20_000), /it could take \d+ steps/],
    [
      `(${Array.from({ length: 100 }, () => 'result').join(' + ')}).contains("b")`,
      'a'.repeat(60_000),
      /it could take \d+ steps/,
    ],
    ['re(result, "a")', 'x'.repeat(5_000), /5000 characters; at most 4096 are matched/],
  ])('says why: %s', (text, of, failure) => {
    expect(conditions.problemOf(text)).toBeUndefined();
    const decision = decide(text, of);
    expect(decision.failure).toMatch(failure);
    expect(decision).not.toHaveProperty('holds');
  });

  it('never throws, whatever its text and input', () => {
    const texts = fc.oneof(
      fc.string(),
      fc
        .array(
          fc.constantFrom(
            'result',
            '.',
            'a',
            '(',
            ')',
            '&&',
            '==',
            '1',
            '"x"',
            '[',
            ']',
            'exists',
            ',',
            '-',
            '?',
            ':',
            '!',
          ),
          { maxLength: 12 },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, fc.jsonValue(), (text, of) => {
        const problem = conditions.problemOf(text);
        expect(problem === undefined || problem.length <= 200).toBe(true);
        const { holds, failure } = decide(text, of);
        expect(typeof holds === 'boolean' || typeof failure === 'string').toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
