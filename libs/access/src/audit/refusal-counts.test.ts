import type { AuditedRequest } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { LISTED_REFUSALS, REFUSAL_WINDOW_MS, RefusalCounts } from './refusal-counts.ts';

const aRefusal = (at: number, more: Partial<AuditedRequest> = {}): AuditedRequest => ({
  at,
  service: 'engine',
  operation: 'task.get',
  decision: 'refused',
  code: 'FORBIDDEN',
  credential: 'k1',
  namespace: 'acme',
  ...more,
});

/** Counts that have seen so many refusals, at 1,000, 1,001 and so on. */
const after = (count: number) => {
  const counts = new RefusalCounts();
  const listed = Array.from({ length: count }, (_, n) => counts.isListed(aRefusal(1_000 + n)));
  return { counts, listed: listed.filter(Boolean).length };
};

const END = 1_000 + REFUSAL_WINDOW_MS;

describe('a flood of refusals', () => {
  it('is listed up to its tenth, and counted in one entry when the minute ends', () => {
    const { counts, listed } = after(10_000);
    expect(listed).toBe(LISTED_REFUSALS);
    expect(counts.nextEnd()).toBe(END);
    expect(counts.end(END - 1)).toEqual([]);
    expect(counts.end(END)).toEqual([aRefusal(1_010, { count: 9_990 })]);
    expect(counts.end(END)).toEqual([]);
    expect(counts.nextEnd()).toBeUndefined();
  });

  it('leaves no entry when nothing was counted', () => {
    expect(after(LISTED_REFUSALS).counts.end(Number.POSITIVE_INFINITY)).toEqual([]);
  });

  it('of one credential and operation hides no refusal of another one', () => {
    const { counts } = after(100);
    expect(counts.isListed(aRefusal(2_000, { credential: 'k2' }))).toBe(true);
    expect(counts.isListed(aRefusal(2_000, { operation: 'task.list' }))).toBe(true);
    expect(counts.isListed(aRefusal(2_000))).toBe(false);
  });

  it('is listed again in the next minute', () => {
    const { counts } = after(100);
    counts.end(END);
    expect(counts.isListed(aRefusal(END))).toBe(true);
  });

  it('adds what could not be written, counts too', () => {
    const { counts } = after(12);
    counts.count(aRefusal(2_000));
    counts.count(aRefusal(2_000, { count: 100 }));
    expect(counts.end(END)).toMatchObject([{ at: 1_010, count: 103 }]);
  });

  it('of ever new credentials takes bounded memory', () => {
    const counts = new RefusalCounts();
    for (let n = 0; n < 50_000; n++) counts.isListed(aRefusal(1_000, { credential: `k${n}` }));
    const entries = counts.end(Number.POSITIVE_INFINITY);
    expect(entries).toHaveLength(1);
    expect(entries[0]?.count).toBe(50_000 - 10_000 - LISTED_REFUSALS);
  });
});
