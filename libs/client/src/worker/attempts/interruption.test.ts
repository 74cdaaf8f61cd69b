import { describe, expect, it } from 'vitest';
import { Interruption } from './interruption.ts';

describe('the interruption of an attempt', () => {
  it('aborts a signal that is read only after the stop', () => {
    const interruption = new Interruption();
    interruption.stop({ reason: 'timeout', graceMs: 5 });
    expect(interruption.signal.aborted).toBe(true);
    expect(interruption.signal.reason).toEqual({ reason: 'timeout', graceMs: 5 });
  });

  it('stays a lost lease, whatever stop is requested before and after', () => {
    const interruption = new Interruption();
    interruption.stop({ reason: 'shutdown', graceMs: 5 });
    interruption.stop({ reason: 'lease_lost', graceMs: 0 });
    interruption.stop({ reason: 'cancelled', graceMs: 5 });
    expect(interruption.stopRequest?.reason).toBe('lease_lost');
  });

  it('passes every request on to its listener, also those that came before it', () => {
    const interruption = new Interruption();
    const heard: unknown[] = [];
    interruption.requestYield({ reason: 'drain', deadlineMs: 1 });
    interruption.listen({ stopped: (one) => heard.push(one), yieldRequested: (one) => heard.push(one) });
    interruption.requestYield({ reason: 'preempted', deadlineMs: 2 });
    interruption.stop({ reason: 'preempted', graceMs: 3 });
    interruption.stop({ reason: 'lease_lost', graceMs: 4 });
    expect(heard).toEqual([
      { reason: 'drain', deadlineMs: 1 },
      { reason: 'preempted', graceMs: 3 },
      { reason: 'lease_lost', graceMs: 4 },
    ]);
  });
});
