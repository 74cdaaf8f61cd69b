import { describe, expect, it } from 'vitest';
import { dueAfter, openLoop } from './pacing.ts';

describe('openLoop', () => {
  it('makes due the rate times the elapsed time, the first at once', () => {
    expect([0, 1, 1.05, 1_000].map((ms) => dueAfter(ms, 10_000))).toEqual([1, 11, 11, 10_001]);
  });

  it('ends at its count, also when a late timer makes more due', async () => {
    const parts: number[] = [];
    const never = new Promise<never>(() => undefined);
    const { sent } = await openLoop({ perSecond: 50_000, count: 1_234, stopped: never }, (due) =>
      parts.push(due),
    );
    expect([sent, parts.reduce((sum, due) => sum + due, 0)]).toEqual([1_234, 1_234]);
    expect(parts.length).toBeGreaterThan(1);
  });

  it('ends when it is stopped', async () => {
    const stop = Promise.withResolvers<void>();
    const { sent } = await openLoop({ perSecond: 1_000, stopped: stop.promise }, () => stop.resolve());
    expect(sent).toBeGreaterThan(0);
  });
});
