import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from './policy.ts';
import { pauseMs, settleVictim, victimEnd } from './settle.ts';
import type { EndedVictim, VictimEnd, VictimReport } from './settle.ts';

const anEnded = (given: Partial<EndedVictim> = {}): EndedVictim => ({
  end: 'yielded',
  now: 50_000,
  cancelled: false,
  worker: 'w1',
  enqueuedAt: 1_000,
  order: 7,
  attempt: 2,
  preemptCount: 0,
  startedAt: 40_000,
  executedMs: 3_000,
  resume: { checkpoint: 'c1', hash: 'abc' },
  ...given,
});

const settled = (given: Partial<EndedVictim> = {}) => settleVictim(anEnded(given), DEFAULT_POLICY);

const ENDS: VictimEnd[] = [
  'yielded',
  'suspended',
  'finished_in_grace',
  'failed_in_grace',
  'aborted',
  'killed',
  'lost_worker',
];

describe('a victim that gave its place up', () => {
  it.each<VictimEnd>(['yielded', 'aborted', 'killed'])(
    'waits again at its old place, to go on from its checkpoint: %s',
    (end) => {
      expect(settled({ end })).toEqual({
        next: 'queued',
        enqueuedAt: 1_000,
        order: 7,
        attempt: 2,
        preemptCount: 1,
        executedMs: 13_000,
        notBefore: 51_000,
        affinity: 'w1',
        resume: { checkpoint: 'c1', hash: 'abc' },
      });
    },
  );

  it('has not failed: its attempt is the same, whatever the end', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ENDS), fc.nat(9), fc.boolean(), (end, attempt, cancelled) => {
        const after = settled({ end, attempt, cancelled });
        expect([after.attempt, after.enqueuedAt, after.order]).toEqual([attempt, 1_000, 7]);
      }),
    );
  });

  it('starts anew when it has saved nothing', () => {
    const { resume: _, ...unsaved } = anEnded();
    expect(settleVictim(unsaved, DEFAULT_POLICY)).not.toHaveProperty('resume');
  });

  it('pauses longer each time, at most half a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((count) => pauseMs(count, DEFAULT_POLICY))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect(settled({ preemptCount: 3 }).notBefore).toBe(50_000 + 8_000);
  });

  it('keeps its place on the worker when it is frozen', () => {
    const after = settled({ end: 'suspended' });
    expect(after).toMatchObject({ next: 'suspended', preemptCount: 1, affinity: 'w1' });
    expect(after).not.toHaveProperty('notBefore');
  });
});

describe('a victim that ended otherwise', () => {
  it.each<[VictimEnd, string]>([
    ['finished_in_grace', 'completed'],
    ['failed_in_grace', 'failed'],
    ['lost_worker', 'lost'],
  ])('%s is %s, and was not preempted', (end, next) => {
    expect(settled({ end })).toMatchObject({ next, preemptCount: 0 });
  });

  it('is cancelled when that was asked for meanwhile, unless it was done', () => {
    const ends = ENDS.map((end) => [end, settled({ end, cancelled: true }).next]);
    expect(Object.fromEntries(ends)).toEqual({
      yielded: 'cancelled',
      suspended: 'cancelled',
      finished_in_grace: 'completed',
      failed_in_grace: 'cancelled',
      aborted: 'cancelled',
      killed: 'cancelled',
      lost_worker: 'cancelled',
    });
    expect(settled({ cancelled: true })).toMatchObject({ preemptCount: 0 });
  });
});

describe('the end of a victim', () => {
  it.each<[VictimReport, 'request' | 'abort' | 'kill', VictimEnd]>([
    ['yielded', 'request', 'yielded'],
    ['suspended', 'request', 'suspended'],
    ['completed', 'abort', 'finished_in_grace'],
    ['completed', 'kill', 'finished_in_grace'],
    ['failed', 'request', 'failed_in_grace'],
    ['failed', 'abort', 'failed_in_grace'],
    ['failed', 'kill', 'killed'],
    ['stopped', 'abort', 'aborted'],
    ['stopped', 'kill', 'killed'],
    ['gone', 'abort', 'lost_worker'],
  ])('reported as %s after a %s is %s', (report, sent, end) => {
    expect(victimEnd(report, sent)).toBe(end);
  });
});
