import { describe, expect, it } from 'vitest';
import { aComparison } from './comparison.arbitraries.ts';
import { msText, priceText, spreadOf, tableOf } from './summary.ts';

describe('msText', () => {
  it.each([
    [0.04, '0.0 ms'],
    [3.14, '3.1 ms'],
    [9.96, '10 ms'],
    [240.4, '240 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [12_345, '12 s'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(msText(ms)).toBe(text);
  });
});

describe('the comparison', () => {
  it('is a row for each band and state', () => {
    const rows = tableOf(aComparison()).split('\n').slice(2);
    expect(rows.map((line) => line.split(/ {2,}/))).toEqual([
      ['3 critical', 'off', '900 ms', '2.4 s', '950 ms', '2.5 s', '0', '0.00 %'],
      ['3 critical', 'on', '4.2 ms', '15 ms', '54 ms', '65 ms', '0', '0.00 %'],
      ['2 low', 'off', '4.0 ms', '100 ms', '3.0 s', '6.0 s', '0', '0.00 %'],
      ['2 low', 'on', '4.0 ms', '100 ms', '4.0 s', '14 s', '2', '1.50 %'],
    ]);
  });

  it('fits a terminal of 80 columns, and names waits and turnarounds above their figures', () => {
    const lines = tableOf(aComparison()).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    expect(lines[0]?.trim().split(/ {2,}/)).toEqual(['wait', 'turnaround']);
  });

  it('shows the cost of preemption', () => {
    expect(priceText(aComparison().with)).toBe('2 places taken, 1.5 % of the work done again');
  });

  it('has the values that most tasks did not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
    expect(spreadOf(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
  });
});
