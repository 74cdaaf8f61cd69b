import v8 from 'node:v8';
import vm from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChurnMap } from './churn-map.ts';

const step = fc.record({
  remove: fc.boolean(),
  key: fc.integer({ min: 0, max: 40 }),
  times: fc.integer({ min: 1, max: 2_000 }),
});

describe('ChurnMap', () => {
  it('holds what a Map holds, in the same order, however often it was renewed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const [churn, map] = [new ChurnMap<number, number>(), new Map<number, number>()];
        for (const { remove, key, times } of steps) {
          for (let n = 0; n < times; n++) {
            if (!remove) churn.set(key, n);
            else expect(churn.delete(key)).toBe(map.delete(key));
            if (!remove) map.set(key, n);
            churn.set(-1 - n, n);
            churn.delete(-1 - n);
          }
        }
        expect([...churn]).toEqual([...map]);
        expect([[...churn.keys()], [...churn.values()], churn.size]).toEqual([
          [...map.keys()],
          [...map.values()],
          map.size,
        ]);
        for (const key of [0, 1, 2, 40])
          expect([churn.get(key), churn.has(key)]).toEqual([map.get(key), map.has(key)]);
      }),
      { numRuns: 20 },
    );
  });

  it('removes while it is iterated', () => {
    const churn = new ChurnMap<number, string>();
    for (const key of [1, 2, 3]) churn.set(key, 'x');
    for (const [key] of churn) churn.delete(key);
    expect(churn.size).toBe(0);
  });

  // When a Map does as well, there is no need for a class.
  it('lets the young collector take what has passed through, as a Map does not', () => {
    const PASSED = 20_000;
    const retained = (
      map: Pick<Map<number, object>, 'set' | 'delete'> | ChurnMap<number, object>,
    ): number => {
      map.set(-1, {});
      collect();
      const before = process.memoryUsage().heapUsed;
      for (let key = 0; key < PASSED; key++) {
        map.set(key, { key });
        map.delete(key - 8);
      }
      for (let n = 0; n < 3; n++) collect({ type: 'minor' });
      return process.memoryUsage().heapUsed - before;
    };
    expect(retained(new ChurnMap()) * 3).toBeLessThan(retained(new Map()));
  });
});

const collect = ((): ((options?: { readonly type: 'minor' }) => void) => {
  v8.setFlagsFromString('--expose-gc');
  return vm.runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;
})();
