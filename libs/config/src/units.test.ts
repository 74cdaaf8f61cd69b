import { describe, expect, it } from 'vitest';
import { bytesText, durationText, parseBytes } from './units.ts';

describe('parseBytes', () => {
  it.each([
    ['1024', 1_024],
    ['64KiB', 65_536],
    ['1.5 GiB', 1_610_612_736],
    ['8MB', 8_000_000],
    ['8mb', 8_000_000],
    [512, 512],
    ['', undefined],
    ['MiB', undefined],
    ['-1', undefined],
    ['5 parsecs', undefined],
  ])('reads %j as %j', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });
});

describe('texts', () => {
  it('use the largest unit that fits without a rest', () => {
    expect([0, 1, 1_500, 90_000, 300_000, 86_400_000].map(durationText)).toEqual([
      '0',
      '1ms',
      '1500ms',
      '90s',
      '5m',
      '1d',
    ]);
    expect([0, 1_000, 1_024, 8_388_608, 1_073_741_824].map(bytesText)).toEqual([
      '0',
      '1000',
      '1KiB',
      '8MiB',
      '1GiB',
    ]);
  });
});
