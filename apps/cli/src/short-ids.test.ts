import { describe, expect, it } from 'vitest';
import { shortIds } from './short-ids.ts';

describe('short ids', () => {
  it('are beginnings of one length that no two share', () => {
    expect(shortIds(['01M8M92R9NC468FS22XPMFVN3K', '01M8M92J23049ZX62AJQRTGHZH'])).toEqual([
      '01M8M92R9NC4',
      '01M8M92J2304',
    ]);
    expect(shortIds(['01M8M92R9NC468FS22XPMFVN3K', '01M8M92R9NC469ZX62AJQRTGHZ'])).toEqual([
      '01M8M92R9NC468',
      '01M8M92R9NC469',
    ]);
  });

  it('are whole where only a long beginning tells them apart, and where people chose them', () => {
    const together = ['01M8M92R9NC468FS22XPMFVN3K', '01M8M92R9NC468FS22XPMFVN3M'];
    expect(shortIds(together)).toEqual(together);
    expect(shortIds(['nightly-2026-11-29-of-the-shop', '01M8M92R9NC468FS22XPMFVN3K'])).toEqual([
      'nightly-2026-11-29-of-the-shop',
      '01M8M92R9NC4',
    ]);
  });
});
