import { wakeBy } from '@precedent/ports';
import { memoryLeaseStore, virtualClock } from '@precedent/testkit';
import { whileLeading } from '@precedent/webhooks';
import { expect, it } from 'vitest';

it('one program leads, another one takes over when that stops, and when it is gone', async () => {
  const clock = virtualClock();
  const leases = memoryLeaseStore(clock);
  const leading = new Set<string>();
  const start = (owner: string) => {
    const stopping = new AbortController();
    const world = { isGone: false };
    const wake = wakeBy(clock);
    const work = async (signal: AbortSignal): Promise<void> => {
      leading.add(owner);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      leading.delete(owner);
    };
    // A program that is gone renews nothing.
    const own = {
      ...leases,
      renew: (...args: Parameters<typeof leases.renew>) =>
        world.isGone ? Promise.reject(new Error('gone')) : leases.renew(...args),
      acquire: (...args: Parameters<typeof leases.acquire>) =>
        world.isGone ? Promise.reject(new Error('gone')) : leases.acquire(...args),
      release: (...args: Parameters<typeof leases.release>) =>
        world.isGone ? Promise.reject(new Error('gone')) : leases.release(...args),
    };
    const ended = whileLeading({ leases: own, lease: 'main.webhooks', owner, wake }, work, stopping.signal);
    return { stop: () => stopping.abort(), ended, world };
  };
  const [a, b, c] = [start('a'), start('b'), start('c')];
  const after = async (ms: number): Promise<string[]> => {
    await clock.advanceTo(clock.now() + ms);
    return [...leading];
  };
  expect(await after(60_000)).toEqual(['a']);
  a.stop();
  await a.ended;
  expect(await after(leases.ttlMs)).toHaveLength(1);
  const [second] = [...leading];
  const [gone, last] = second === 'b' ? [b, c] : [c, b];
  gone.world.isGone = true;
  expect(await after(3 * leases.ttlMs)).toEqual([second === 'b' ? 'c' : 'b']);
  for (const one of [gone, last]) one.stop();
  await Promise.all([gone.ended, last.ended]);
  expect([...leading]).toEqual([]);
});
