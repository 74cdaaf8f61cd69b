import type { BandCounts, CountsReply, CountsRequest } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { aBusyCell } from './busy.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const countsOf = async (
  w: World,
  filter: CountsRequest = {},
): Promise<Readonly<Record<keyof BandCounts, number>>> => {
  const { bands } = await w.ask<CountsReply>((api, reply) => api.tasks.counts(filter, reply));
  const sums: Record<string, number> = {};
  for (const band of BANDS)
    for (const [state, count] of Object.entries(bands[band])) sums[state] = (sums[state] ?? 0) + count;
  return sums as Record<keyof BandCounts, number>;
};

describe('the counts of a cell', () => {
  it('are those of its tasks in every state, also after a recovery', async () => {
    const w = await aBusyCell();
    const { tasks } = await w.ask<{ tasks: readonly { state: string }[] }>((api, reply) =>
      api.tasks.list({ limit: 1_000 }, reply),
    );
    const sum = await countsOf(w);
    for (const state of ['completed', 'failed', 'cancelled', 'timed_out', 'rejected'] as const)
      expect([state, sum[state]]).toEqual([state, tasks.filter((task) => task.state === state).length]);
    expect(sum.running).toBe(tasks.filter(({ state }) => state === 'running').length);
    expect(sum.queued + sum.retrying + sum.running).toBe(
      tasks.filter(({ state }) => ['queued', 'preempted', 'retrying', 'running'].includes(state)).length,
    );
    w.crash();
    await w.restart();
    expect(await countsOf(w)).toEqual(sum);
  });

  it('are those of a namespace and its projects where a request names them', async () => {
    const w = await world();
    await w.submit(
      aTask({ id: 'a', namespace: 'acme', project: 'web' }),
      aTask({ id: 'b', namespace: 'acme', project: 'api', security: 'secret' }),
      aTask({ id: 'c', namespace: 'beta', project: 'web' }),
    );
    const queued = async (filter: object): Promise<number> => (await countsOf(w, filter)).queued;
    expect(await queued({})).toBe(3);
    expect(await queued({ namespace: 'acme' })).toBe(2);
    expect(await queued({ namespace: 'acme', projects: ['web'] })).toBe(1);
    expect(await queued({ namespace: 'acme', cleared: { clearances: [] } })).toBe(1);
    expect(await queued({ project: 'none' })).toBe(0);
  });
});
