import { describe, expect, it } from 'vitest';
import { BENCHES } from './benches.ts';
import { FLOORS } from './floors.ts';
import { floorRows } from './floors-table.ts';

/** Promises to users in milliseconds, on any machine; docs/benchmarks.md says so. */
const STATED_TIMES = ['isolate', 'lost-worker', 'freshness', 'flat'];

describe('the floors of the benchmarks', () => {
  it('judge a time by what the same run measures, unless the time itself is promised', () => {
    const absolute = Object.entries(FLOORS).filter(([, floors]) =>
      floors.some(({ name, ofCeiling }) => name.endsWith('_ms') && !ofCeiling),
    );
    expect(absolute.map(([bench]) => bench)).toEqual(STATED_TIMES);
  });

  it('are for benchmarks that exist', () => {
    expect(Object.keys(FLOORS).filter((name) => !Object.hasOwn(BENCHES, name))).toEqual([]);
  });

  it('stand in the table one to a row, with the name of the benchmark in the first', () => {
    const rows = floorRows();
    const from = rows.findIndex(([name]) => name === '`isolate`');
    expect(rows.slice(from, from + 2).map(([name, , ...cells]) => [name, ...cells])).toEqual([
      ['`isolate`', '`share_of_plain`', '≥ 0.4'],
      ['', '`warm_start_ms`', '< 1'],
    ]);
    expect(rows.every((row) => row.length === 4)).toBe(true);
  });
});
