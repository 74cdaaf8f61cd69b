import { describe, expect, it } from 'vitest';
import { hasTerm, wordsOf } from './words.ts';

describe('wordsOf', () => {
  it('takes runs of letters and digits, in lower case', () => {
    expect(wordsOf('Failed: ERR_X42 in src/a-b.ts (exit 137)')).toEqual([
      'failed',
      'err',
      'x42',
      'in',
      'src',
      'a',
      'b',
      'ts',
      'exit',
      '137',
    ]);
  });

  it('knows letters of every script, and no signs', () => {
    expect(wordsOf('Größe ΣΑΣ 中文 x² 😀 ½')).toEqual(['größe', 'σας', '中文', 'x²', '½']);
    expect(wordsOf(' -_. ')).toEqual([]);
  });
});

describe('hasTerm', () => {
  const words = wordsOf('Failed: ERR_X42 in src/a-b.ts');
  it.each(['err_x42', 'ERR X42', 'a-b.ts', 'b.ts', 'FAILED', 'err'])('finds %s', (term) => {
    expect(hasTerm(words, term)).toBe(true);
  });
  it.each(['ERR_X4', 'x42_err', 'fail', 'a.ts', '', '--', 'ts.map'])('does not find %s', (term) => {
    expect(hasTerm(words, term)).toBe(false);
  });
});
