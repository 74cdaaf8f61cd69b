import { describe, expect, it } from 'vitest';
import { matchOf } from './match-text.ts';

describe('a query of words', () => {
  it('holds no sign that ends it, or means something to SQLite', () => {
    expect(matchOf('a"b\0c OR d')).toBe('"ab" "c" "OR" "d"*');
    expect(() => matchOf('\0 "')).toThrow('holds no word to look for');
  });
});
