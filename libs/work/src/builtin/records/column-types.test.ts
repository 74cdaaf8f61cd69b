import { describe, expect, it } from 'vitest';
import { ColumnTypes } from './column-types.ts';

const NAMES = ['constructor', '__proto__', 'a'];

describe('ColumnTypes', () => {
  it('takes columns whose names every object inherits for what their rows hold', () => {
    const types = new ColumnTypes(NAMES, {});
    types.see({ a: 1 });
    types.see(JSON.parse('{"__proto__":true,"a":2}') as Record<string, unknown>);
    expect(types.columns).toEqual([
      { name: 'constructor', type: 'text' },
      { name: '__proto__', type: 'boolean' },
      { name: 'a', type: 'integer' },
    ]);
  });

  it('takes a column of times with a day that does not exist for JSON, not for the day after', () => {
    const types = new ColumnTypes(['at', 'startedAt'], { at: 'time', startedAt: 'time' });
    types.see({ at: '2026-02-30T00:00:00Z', startedAt: '2026-02-28T00:00:00Z' });
    expect(types.columns).toEqual([
      { name: 'at', type: 'json' },
      { name: 'startedAt', type: 'time' },
    ]);
  });
});
