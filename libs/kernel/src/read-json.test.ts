import { describe, expect, it } from 'vitest';
import { isDeeperThan, readExactJson, readJson } from './read-json.ts';

describe('readJson', () => {
  it('gives the value, and says where it is not what the text says', () => {
    expect(readJson('{"a":[1]}')).toEqual({ value: { a: [1] }, depth: 2, growth: 0, keys: 1, issues: [] });
    expect(readJson('{"a":[1,1e999]}')).toMatchObject({
      issues: [{ path: ['a', 1], message: 'the number 1e999 cannot be kept as it is; send it as text' }],
    });
    expect(readJson('{"a":')).toBeUndefined();
    expect(readJson('')).toBeUndefined();
  });

  it('mends halves of characters on request, and still names numbers', () => {
    const text = String.raw`{"a":"x\ud83d","b\udc00":12345678901234567890}`;
    expect(readJson(text)?.issues.map(({ path }) => path)).toEqual([['a'], ['b\udc00'], ['b\udc00']]);
    expect(readJson(text, { mends: true })).toMatchObject({
      value: { a: 'x\ufffd', 'b\ufffd': Number('12345678901234567890') },
      issues: [{ path: ['b\udc00'] }],
    });
  });

  it('shows no more of a number than a message needs', () => {
    const [issue] = readJson('9'.repeat(100_000))?.issues ?? [];
    expect(issue?.message.length).toBeLessThan(120);
  });
});

describe('readExactJson', () => {
  it('refuses a text whose value would be another one, with the field', () => {
    expect(readExactJson('{"id":1234567890123456789}', 8)).toEqual({
      issue: {
        field: 'id',
        message: 'the number 1234567890123456789 cannot be kept as it is; send it as text',
      },
    });
    expect(readExactJson('{', 8)).toEqual({ issue: { field: '', message: 'not JSON' } });
    expect(readExactJson('[[[]]]', 2)).toEqual({
      issue: { field: '', message: 'nested deeper than 2 levels' },
    });
    expect(readExactJson('\ufeff[1]', 2)).toEqual({ value: [1] });
  });
});

describe('isDeeperThan', () => {
  it('counts levels, and looks no deeper', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(isDeeperThan(nested(256), 256)).toBe(false);
    expect(isDeeperThan(nested(257), 256)).toBe(true);
    expect(isDeeperThan(nested(1_000_000), 256)).toBe(true);
    expect(isDeeperThan({ a: [1, { b: [] }] }, 3)).toBe(true);
  });
});
