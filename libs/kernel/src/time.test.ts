import { describe, expect, it } from 'vitest';
import { TIME_MAX, clampTime, dayAt, parseTime } from './time.ts';

describe('parseTime', () => {
  it.each([
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T12:00', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20 12:00:30', '2026-11-20T12:00:30.000Z'],
    ['2026-11-20T12:00:30.5Z', '2026-11-20T12:00:30.500Z'],
    ['2026-11-20T12:00+02:00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T23:30:00-0130', '2026-11-21T01:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('reads %s as %s', (text, iso) => {
    expect(new Date(parseTime(text) ?? Number.NaN).toISOString()).toBe(iso);
  });

  it.each([
    '2026-02-30',
    '2026-04-31',
    '2025-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-11-00',
    '2026-11-20T24:00',
    '2026-11-20T24:61',
    '2026-11-20T10:60',
    '2026-11-20T10:00:60',
    '2026-11-20T10:00+25:00',
    '2026-11',
    'tomorrow',
    '',
  ])('refuses %s instead of shifting it', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe('dayAt', () => {
  it('knows leap years', () => {
    expect([dayAt(2024, 2, 29), dayAt(2026, 2, 29)]).toEqual([Date.UTC(2024, 1, 29), undefined]);
  });

  it('does not take a year of the first century for one of the twentieth', () => {
    expect(dayAt(50, 1, 1)).toBeUndefined();
  });
});

describe('clampTime', () => {
  it.each([
    [-1e18, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [12, 12],
    [1e18, TIME_MAX],
  ])('brings %d to %d, which a Date can hold', (given, at) => {
    expect(clampTime(given)).toBe(at);
    expect(() => new Date(clampTime(given)).toISOString()).not.toThrow();
  });
});
