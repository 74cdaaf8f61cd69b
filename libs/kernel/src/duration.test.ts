import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    [250, 250],
    [0, 0],
    [1.4, 1],
    ['250', 250],
    ['250ms', 250],
    ['1.5s', 1_500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    [' 5m ', 300_000],
  ])('reads %j as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    's',
    '-1s',
    '+1s',
    '1,5s',
    '.5s',
    '5.s',
    '1e3',
    '5 m',
    '5M',
    '5min',
    '1h30m',
    '2w',
    'infinity',
    `${'9'.repeat(400)}d`,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('gives whole milliseconds or nothing, for every text', () => {
    const text = fc.oneof(fc.string(), fc.double(), fc.stringMatching(/^[0-9.]{1,6}(ms|s|m|h|d)?$/));
    fc.assert(
      fc.property(text, (given) => {
        const ms = parseDuration(given);
        expect(ms === undefined || (Number.isInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [0.057, '0.06ms'],
    [3, '3ms'],
    [999.4, '999ms'],
    [999.5, '1.0s'],
    [1_234, '1.2s'],
    [59_949, '59.9s'],
    [59_950, '1m 00s'],
    [60_000, '1m 00s'],
    [245_000, '4m 05s'],
    [3_599_999, '59m 59s'],
    [3_600_000, '1h 00m'],
    [7_800_000, '2h 10m'],
    [86_400_000, '1d 0h'],
    [273_600_000, '3d 4h'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('never shows 1000 ms or 60 seconds of anything', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (ms) => {
        expect(formatDuration(ms)).not.toMatch(/1000ms|60\.0s|60s|60m|24h/);
      }),
    );
  });
});
