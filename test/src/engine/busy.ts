import { aTask, world } from './world.ts';
import type { World, WorldOptions } from './world.ts';

/** A cell with tasks in every state, and with every kind of end. */
export const aBusyCell = async (options: WorldOptions = {}): Promise<World> => {
  const w = await world(options);
  const worker = await w.worker({ slots: 4 });
  await w.submit(
    aTask({ id: 'completed', idempotencyKey: 'k1' }),
    aTask({ id: 'failed', retry: { max: 0 } }),
    aTask({ id: 'retrying', band: 'high', retry: { delay: 600_000, maxDelay: 600_000 } }),
    aTask({ id: 'stopping', band: 'critical', timeouts: { grace: 600_000 } }),
  );
  await worker.complete('completed', { pages: [1, 2] });
  await worker.fail('failed');
  await worker.fail('retrying');
  await w.cancel('stopping', 'enough');
  await w.submit(
    aTask({ id: 'returned', resources: { labels: {} } }),
    aTask({ id: 'running', namespace: 'n', name: 'nightly', timeouts: { attempt: 0 } }),
    aTask({ id: 'lost' }),
  );
  await worker.end('returned', { outcome: 'returned' });
  await worker.end('lost', { outcome: 'stopped' });
  await w.submit(
    aTask({ id: 'cancelled', type: 'other' }),
    aTask({ id: 'timed-out', type: 'other', timeouts: { queue: 1_000 } }),
    aTask({ id: 'queued', type: 'other', idempotencyKey: 'k2', expiresAt: w.now + 600_000 }),
  );
  await w.cancel('cancelled');
  await w.offer({
    problem: { code: 'INVALID_TASK', message: 'no' },
    id: 'rejected',
    band: 'low',
    excerpt: '{',
  });
  await w.advance(3_000);
  return w;
};
