import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const REFUSED = { error: { code: 'PRECONDITION_FAILED' } };

const cancel = (w: World, id: string, expected: string | undefined): Promise<object> =>
  w.ask((api, reply) => api.tasks.cancel({ id, reason: '', expect: expected }, reply));

describe('the revision of a task', () => {
  it('is compared in the turn of a cancellation: the task that has started since is left alone', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    const { revision: whileWaiting } = await w.get('a');
    await w.worker();
    const { revision, state } = await w.get('a');
    expect([state, revision === whileWaiting]).toEqual(['running', false]);
    expect(await cancel(w, 'a', whileWaiting)).toMatchObject({
      error: { code: 'PRECONDITION_FAILED', details: { revision } },
    });
    expect(await w.stateOf('a')).toBe('running');
    expect(await cancel(w, 'a', revision)).toMatchObject({ id: 'a', stopping: 'cancel' });
    expect(await cancel(w, 'a', revision)).toMatchObject(REFUSED);
  });

  it('is compared in the turn of a deletion', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    const { revision: whileRunning } = await w.get('a');
    await worker.complete('a');
    expect(await w.delete('a', { expect: whileRunning })).toMatchObject(REFUSED);
    const { revision } = await w.get('a');
    expect(await w.delete('a', { expect: revision })).toEqual({ id: 'a', deleted: true });
  });

  it('is the same after a restart', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.complete('a');
    const { revision } = await w.get('a');
    await w.restart();
    expect((await w.get('a')).revision).toBe(revision);
  });
});
