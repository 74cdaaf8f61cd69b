import { describe, expect, it } from 'vitest';
import { timeBefore, timeArgument } from './time-argument.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

describe('momentOf', () => {
  it('reads a date, a time in UTC and an age', () => {
    const read = (text: string) => timeArgument('--since', text, NOW);
    expect(read('2026-11-20')).toBe(Date.UTC(2026, 10, 20));
    expect(read('2026-11-20T09:30')).toBe(Date.UTC(2026, 10, 20, 9, 30));
    expect(read('2h')).toBe(Date.UTC(2026, 10, 20, 10));
  });

  it('takes an age from before 1970 for 1970', () => {
    expect(timeArgument('--since', '9999999999d', NOW)).toBe(0);
    expect(timeBefore(`${'9'.repeat(300)}d`, NOW)).toBe(0);
  });

  it.each(['2026-02-30', '2026-04-31', '2026-11-20T24:61', '1969-12-31', '7', 'soon', ''])(
    'refuses "%s", with the flag',
    (text) => {
      expect(() => timeArgument('--until', text, NOW)).toThrow(/^--until is .* is expected$/);
    },
  );
});
