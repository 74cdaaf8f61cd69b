import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bookedBy, closedFor, firstClosed, roomOf } from './take.ts';
import type { KeyUse } from './take.ts';
import { burstOf } from './rate.ts';

const use = (of: Partial<KeyUse>): KeyUse => ({ spec: {}, held: 0, bookedUntil: 0, ...of });

const rates = fc.record({
  limit: fc.integer({ min: 1, max: 50 }),
  per: fc.integer({ min: 1, max: 2_000 }),
  burst: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
});

describe('the rate of a limit', () => {
  it('is exceeded in no window by more than one burst, however eagerly tasks start', () => {
    fc.assert(
      fc.property(rates, fc.array(fc.nat(300), { minLength: 1, maxLength: 200 }), (rate, waits) => {
        let [now, bookedUntil] = [0, 0];
        const starts: number[] = [];
        for (const wait of waits) {
          now += wait;
          let key = use({ spec: { rate }, bookedUntil });
          for (let room = roomOf(key, now); room > 0 && starts.length < 2_000; room--) {
            expect(closedFor(key, now)).toBeUndefined();
            starts.push(now);
            bookedUntil = bookedBy(key, now, false) ?? bookedUntil;
            key = use({ spec: { rate }, bookedUntil });
          }
          expect(closedFor(key, now)?.reason ?? 'capped').toMatch(/rate|capped/);
        }
        for (const [index, from] of starts.entries()) {
          const within = starts.slice(index).filter((at) => at < from + rate.per).length;
          expect(within).toBeLessThanOrEqual(rate.limit + burstOf(rate) - 1);
        }
      }),
    );
  });

  it('lets a task start at the time that it names, and not a millisecond before', () => {
    fc.assert(
      fc.property(rates, fc.nat(10_000), (rate, bookedUntil) => {
        const key = use({ spec: { rate }, bookedUntil });
        const closed = closedFor(key, 0);
        if (closed === undefined || closed.reason === 'concurrency') return;
        expect(closedFor(key, closed.until)).toBeUndefined();
        expect(closedFor(key, closed.until - 1)).toBeDefined();
      }),
    );
  });

  it('is not spent by an attempt that is resumed, and does not keep it waiting', () => {
    const key = use({ spec: { rate: { limit: 1, per: 1_000 } }, bookedUntil: 5_000 });
    expect(closedFor(key, 0, true)).toBeUndefined();
    expect(bookedBy(key, 0, true)).toBeUndefined();
  });
});

describe('the concurrency of a limit', () => {
  it('is full when as many leases are held, or more because it was lowered', () => {
    expect([1, 2, 3].map((held) => closedFor(use({ spec: { concurrency: 2 }, held }), 0)?.reason)).toEqual([
      undefined,
      'concurrency',
      'concurrency',
    ]);
    expect(roomOf(use({ spec: { concurrency: 2 }, held: 3 }), 0)).toBe(0);
    expect(closedFor(use({ spec: { concurrency: 0 } }), 0)?.reason).toBe('concurrency');
  });
});

describe('a task under several limits', () => {
  it('is kept by the first that is closed', () => {
    const keys = [use({}), use({ spec: { concurrency: 1 }, held: 1 }), use({ spec: { concurrency: 0 } })];
    expect(firstClosed(keys, 8)).toBe(keys[1]);
  });
});
