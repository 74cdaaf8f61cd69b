import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseWhenFull, retryAfterMs } from './admission.ts';

const limits = { maxWaiting: 3, maxWaitingBytes: 100 };

describe('admission', () => {
  it.each([
    [0, 0],
    [2, 99],
  ])('takes a task while the band holds %i tasks and %i bytes', (queued, queuedBytes) => {
    expect(refuseWhenFull('low', { queued, queuedBytes }, limits, 1)).toBeUndefined();
  });

  it.each([
    [3, 0, 'band low holds 3 of 3 waiting tasks'],
    [4, 0, 'band low holds 4 of 3 waiting tasks'],
    [0, 100, 'band low holds 100 of 100 bytes of waiting tasks'],
    [3, 100, 'band low holds 3 of 3 waiting tasks'],
  ])('refuses a task while the band holds %i tasks and %i bytes', (queued, queuedBytes, message) => {
    const problem = refuseWhenFull('low', { queued, queuedBytes }, limits, 1);
    expect(problem).toEqual({ code: 'QUEUE_FULL', message, retryAfterMs: 1_000 });
  });

  it('takes nothing at all when the limit is zero', () => {
    const none = { maxWaiting: 0, maxWaitingBytes: 0 };
    expect(refuseWhenFull('high', { queued: 0, queuedBytes: 0 }, none, 1)?.code).toBe('QUEUE_FULL');
  });
});

describe('the time after which to try again', () => {
  it.each([
    [1_000, 10, 1_000],
    [100_000, 1_000, 1_000],
    [100_000, 1_000_000, 100],
    [2_000_000, 1, 30_000],
    [0, 0, 1_000],
  ])('is, for %i waiting at %i a second, %i ms', (queued, perSecond, expected) => {
    expect(retryAfterMs(queued, perSecond)).toBe(expected);
  });

  it('is between a tenth of a second and half a minute, and no shorter for a longer queue or a slower throughput', () => {
    const queued = fc.nat(3_000_000);
    const throughput = fc.double({ min: 0, max: 50_000, noNaN: true });
    fc.assert(
      fc.property(
        queued,
        fc.nat(1_000_000),
        throughput,
        fc.nat(1_000),
        (waiting, more, perSecond, faster) => {
          const ms = retryAfterMs(waiting, perSecond);
          expect(ms).toBeGreaterThanOrEqual(100);
          expect(ms).toBeLessThanOrEqual(30_000);
          expect(retryAfterMs(waiting + more, perSecond)).toBeGreaterThanOrEqual(ms);
          expect(retryAfterMs(waiting, perSecond + faster)).toBeLessThanOrEqual(ms);
        },
      ),
    );
  });
});
