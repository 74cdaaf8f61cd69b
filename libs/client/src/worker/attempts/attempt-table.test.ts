import { describe, expect, it } from 'vitest';
import { anAssignment } from '../../testing/scripted-engine.ts';
import { Attempt } from './attempt.ts';
import { AttemptTable } from './attempt-table.ts';

const aLease = (id: string, epoch: number, running = true): Attempt => {
  const lease = new Attempt(anAssignment({ id, epoch }));
  lease.running = running;
  return lease;
};

describe('leases', () => {
  it('hold several of one task until each is released', () => {
    const leases = new AttemptTable();
    const [first, second] = [aLease('a', 1), aLease('a', 2)];
    leases.add(first);
    leases.add(second);
    expect(leases.latest('a')).toBe(second);
    expect(leases.find('a', 1)).toBe(first);
    leases.release(second);
    expect(leases.latest('a')).toBeUndefined();
    expect(leases.find('a', 1)).toBe(first);
    leases.release(first);
    expect(leases.size).toBe(0);
  });

  it('name those that run first, and never leave one of them out', () => {
    const leases = new AttemptTable();
    leases.add(aLease('ended', 1, false));
    leases.add(aLease('a', 1));
    leases.add(aLease('b', 1));
    expect(leases.names(3).map(([id]) => id)).toEqual(['a', 'b', 'ended']);
    expect(leases.names(2).map(([id]) => id)).toEqual(['a', 'b']);
  });
});

describe('a lease', () => {
  it('tells a signal that is asked for late that it was stopped', () => {
    const lease = aLease('a', 1);
    lease.stop({ reason: 'timeout', graceMs: 5 });
    expect(lease.signal.aborted).toBe(true);
    expect(lease.signal.reason).toEqual({ reason: 'timeout', graceMs: 5 });
  });

  it('stays lost, whatever else is wanted of it', () => {
    const lease = aLease('a', 1);
    lease.stop({ reason: 'shutdown', graceMs: 5 });
    lease.stop({ reason: 'lease_lost', graceMs: 0 });
    lease.stop({ reason: 'cancelled', graceMs: 5 });
    expect(lease.stopped?.reason).toBe('lease_lost');
  });
});
