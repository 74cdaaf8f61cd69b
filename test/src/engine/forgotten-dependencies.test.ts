import { describe, expect, it } from 'vitest';
import { aSource, behind, endAs, on, refusal } from './depending.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

describe('a task that depends on one which the engine has forgotten', () => {
  const forgetful = { recent: { maxTasks: 1, maxBytes: 1_000_000, maxIds: 2 } };

  /** `a` has completed, and later verdicts have pushed it out. */
  const forgotten = async (): Promise<World> => {
    const w = await world(forgetful);
    await w.submit(...['a', 'b', 'c', 'd'].map(aSource));
    for (const id of ['a', 'b', 'c', 'd']) await endAs(w, id, 'completed');
    w.history.verdicts.set('a', { verdict: 'completed' });
    return w;
  };

  it('starts by the verdict that the history has', async () => {
    const w = await forgotten();
    await w.submit(aTask({ id: 'e', ...behind('a') }), aTask({ id: 'f', ...behind(on('a', 'failure')) }));
    expect(await w.stateOf('e')).toBe('queued');
    expect(await w.get('f')).toMatchObject({
      state: 'skipped',
      error: { message: 'it waited for failure of task a, which is completed' },
    });
  });

  it('is refused while the history does not answer, and accepted later', async () => {
    const w = await forgotten();
    w.history.away = true;
    expect((await refusal(w, aTask({ id: 'e', ...behind('a') })))[0]).toBe('HISTORY_UNAVAILABLE');
    w.history.away = false;
    expect(await refusal(w, aTask({ id: 'e', ...behind('a') }))).toEqual(['accepted']);
  });

  it.each([
    ['the history does not know it', { verdict: 'completed', security: 'medical' }],
    ['it has a security label', undefined],
  ] as const)('is refused when %s', async (_what, archived) => {
    const w = await forgotten();
    w.history.verdicts.clear();
    if (archived) w.history.verdicts.set('a', archived);
    expect((await refusal(w, aTask({ id: 'e', ...behind('a') })))[0]).toBe('DEPENDENCY_NOT_FOUND');
  });

  it('goes on after a crash between the verdict and what follows from it, as soon as the history answers', async () => {
    const w = await world(forgetful);
    await w.submit(
      aSource('a'),
      ...Array.from({ length: 70 }, (_, n) => aTask({ id: `t${n}`, ...behind('a') })),
    );
    const worker = await w.worker({ worker: 'of-a', types: ['of-a'] });
    w.host.carrier.hold();
    const settled = { id: 'a', epoch: worker.running.get('a') ?? 0, outcome: 'completed' } as const;
    w.send((api, reply: (refused: unknown) => void) => api.workers.report(worker.session, [settled], reply));
    await w.settle();
    w.crash(1);
    w.history.away = true;
    await w.restart('e1', { recent: { maxTasks: 0, maxBytes: 1_000_000, maxIds: 2 } });
    expect((await w.status()).bands.normal.waiting).toBe(6);
    w.history.away = false;
    w.history.verdicts.set('a', { verdict: 'completed' });
    await w.advance(6_000);
    expect((await w.status()).bands.normal).toMatchObject({ waiting: 0, queued: 70 });
  });
});
