import { describe, expect, it } from 'vitest';
import { Probe } from './probe.ts';

describe('a probe', () => {
  it('forgets what happens before it is armed', async () => {
    const probe = new Probe<number>();
    probe.hit(1);
    probe.arm();
    probe.hit(2);
    await expect(probe.next()).resolves.toBe(2);
  });

  it('keeps hits in order until they are taken', async () => {
    const probe = new Probe<number>();
    probe.arm();
    for (const hit of [1, 2, 3]) probe.hit(hit);
    await expect(Promise.all([probe.next(), probe.next(), probe.next()])).resolves.toEqual([1, 2, 3]);
  });

  it('gives each hit to one of those who wait, first come first served', async () => {
    const probe = new Probe<string>();
    const waiting = [probe.next(), probe.next()];
    probe.hit('a');
    probe.hit('b');
    probe.hit('c');
    await expect(Promise.all([...waiting, probe.next()])).resolves.toEqual(['a', 'b', 'c']);
  });

  it('is armed by the first wait, and arming it again drops nothing', async () => {
    const probe = new Probe();
    const first = probe.next();
    probe.hit();
    probe.hit();
    probe.arm();
    await first;
    await probe.next();
  });

  it('keeps 1,000 hits that are not taken, and no more', async () => {
    const probe = new Probe<number>();
    probe.arm();
    for (let hit = 0; hit <= Probe.HITS_MAX; hit++) probe.hit(hit);
    for (let hit = 0; hit < Probe.HITS_MAX; hit++) await expect(probe.next()).resolves.toBe(hit);
    const later = probe.next();
    probe.hit(-1);
    await expect(later).resolves.toBe(-1);
  });
});
