import { describe, expect, it } from 'vitest';
import { CLOSED_BREAKER, breakerAfter, isBreakerOpen } from './breaker.ts';
import type { BreakerRecord, BreakerState } from './breaker.ts';
import { DEFAULT_POLICY } from './policy.ts';

const RULES = DEFAULT_POLICY.breaker;
const MINUTE = 60_000;

const after = (records: readonly BreakerRecord[], from: BreakerState = CLOSED_BREAKER): BreakerState =>
  records.reduce((state, record) => breakerAfter(state, record, RULES), from);

const preemptions = (count: number, at = 0): BreakerRecord[] =>
  Array.from({ length: count }, () => ({ kind: 'preemption', at }));
const repeats = (count: number, sinceResumeMs = 60_000, at = 0): BreakerRecord[] =>
  Array.from({ length: count }, () => ({ kind: 'preemption', at, sinceResumeMs }));
const starts = (count: number, waitedMs: number, started = true): BreakerRecord[] =>
  Array.from({ length: count }, () => ({ kind: 'preemptor', at: 0, started, waitedMs, graceMs: 2_000 }));
const work = (usefulMs: number, lostMs: number): BreakerRecord => ({ kind: 'work', at: 0, usefulMs, lostMs });

describe('the breaker of a pool', () => {
  it.each<[string, BreakerRecord[], string | undefined]>([
    [
      'opens when more than a tenth of the victims were resumed a minute ago or less',
      [...preemptions(18), ...repeats(3)],
      'repeats',
    ],
    ['stays closed at a tenth', [...preemptions(18), ...repeats(2)], undefined],
    [
      'stays closed when the victims had run for longer',
      [...preemptions(10), ...repeats(9, 60_001)],
      undefined,
    ],
    [
      'opens when more than a fifth of the preemptors start late',
      [...starts(8, 7_000), ...starts(3, 7_001)],
      'late_starts',
    ],
    ['stays closed at a fifth', [...starts(8, 7_000), ...starts(2, 7_001)], undefined],
    [
      'counts a preemptor that never started as late',
      [...starts(8, 0), ...starts(3, 0, false)],
      'late_starts',
    ],
    [
      'opens when more than a fifth as much work is lost as is done',
      [...preemptions(10), work(100, 21)],
      'lost_work',
    ],
    ['stays closed at a fifth of the work', [...preemptions(10), work(100, 20)], undefined],
    [
      'does not judge by fewer than ten',
      [...preemptions(1), ...repeats(8), ...starts(9, 9_000), work(1, 9)],
      undefined,
    ],
  ])('%s', (_, records, cause) => {
    const state = after(records);
    expect([isBreakerOpen(state, 0), state.cause]).toEqual([cause !== undefined, cause]);
  });

  it('closes by itself after a minute', () => {
    const state = after([...preemptions(10, 5), ...repeats(5, 0, 5)]);
    expect([isBreakerOpen(state, 5 + MINUTE - 1), isBreakerOpen(state, 5 + MINUTE)]).toEqual([true, false]);
  });

  it('needs new evidence to open again', () => {
    const opened = after([...preemptions(10), ...repeats(2)]);
    const later = after(repeats(9, 0, MINUTE), opened);
    expect(isBreakerOpen(later, MINUTE)).toBe(false);
    expect(isBreakerOpen(after(repeats(1, 0, MINUTE), later), MINUTE)).toBe(true);
  });

  it('does not stay open longer because more goes wrong while it is open', () => {
    const opened = after([...preemptions(10), ...repeats(2)]);
    expect(after(repeats(20, 0, MINUTE - 1), opened).openUntil).toBe(opened.openUntil);
  });

  it('forgets what is older than five minutes', () => {
    const old = after(preemptions(100));
    const recent = after([...preemptions(9, 6 * MINUTE), ...repeats(2, 0, 6 * MINUTE)], old);
    expect(isBreakerOpen(recent, 6 * MINUTE)).toBe(true);
    expect(recent.cause).toBe('repeats');
  });

  it('keeps no more than its window, however much happens', () => {
    const records = Array.from({ length: 2_000 }, (_, at): BreakerRecord => ({
      kind: 'work',
      at: at * 1_000,
      usefulMs: 1,
      lostMs: 0,
    }));
    expect(after(records).buckets.length).toBeLessThanOrEqual(31);
  });

  it('takes a record that comes late into its last bucket', () => {
    const state = after([
      { kind: 'preemption', at: 20_000 },
      { kind: 'preemption', at: 3_000 },
    ]);
    expect(state.buckets.map(({ from, preemptions: count }) => [from, count])).toEqual([[20_000, 2]]);
  });

  it('goes on from its JSON', () => {
    const state = after([...preemptions(10), ...repeats(1)]);
    const restored = JSON.parse(JSON.stringify(state)) as BreakerState;
    expect(after(repeats(4), restored)).toEqual(after(repeats(4), state));
  });
});
