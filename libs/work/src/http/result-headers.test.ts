import { describe, expect, it } from 'vitest';
import { resultHeadersOf } from './result-headers.ts';

describe('resultHeadersOf', () => {
  it('keeps a header called __proto__', () => {
    const headers = JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>;
    expect(JSON.stringify(resultHeadersOf(headers))).toBe('{"__proto__":"a","constructor":"b"}');
  });
});
