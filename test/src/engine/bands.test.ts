import { compile, scopeOf } from '@precedent/access';
import type { Grant, RebandRequest, TaskView, WhyView } from '@precedent/contract-types';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import type { Caller, OrProblem } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { JOURNAL } from './options.ts';
import { plainState } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const reband = (w: World, request: RebandRequest, caller?: Caller): Promise<OrProblem<TaskView>> =>
  w.ask((api, reply) => (caller ? api.forCaller(caller) : api).tasks.reband(request, reply));

const why = (w: World, id: string): Promise<WhyView> =>
  w.ask<WhyView>((api, reply) => api.explanations.why(id, reply as never));

const aCaller = (w: World, grant: Partial<Grant>): Caller => {
  const all: Grant = {
    id: 'g',
    principal: 'ann',
    role: 'operator',
    namespace: 'acme',
    project: '*',
    ...grant,
  };
  const principal = compile({ name: 'ann', kind: 'human', credential: 'key-ann', grants: [all] });
  const scope = scopeOf(principal, 'read', 'acme', w.now);
  return { principal, scope: scope ?? { namespace: 'acme', projects: [], clearances: [] } };
};

describe('a task that is moved to another band', () => {
  it('waits there at the place of its submission', async () => {
    const w = await world();
    const ids = ['a', 'b', 'c'];
    await w.submit(...ids.map((id) => aTask({ id, band: 'low' })), aTask({ id: 'high', band: 'high' }));
    expect(await reband(w, { id: 'b', band: 'high' })).toMatchObject({ band: 'high', submittedBand: 'low' });
    expect(w.memory()).toEqual(plainState(await w.rebuilt('journal')));
    const worker = await w.worker();
    for (const id of ['b', 'high', 'a', 'c']) await worker.complete(id);
    expect(worker.ids).toEqual(['b', 'high', 'a', 'c']);
  });

  it('starts once, however often it was moved', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a', band: 'low' }), aTask({ id: 'b', band: 'low' }));
    for (const band of ['high', 'low', 'critical', 'low', 'high', 'low'] as const)
      await reband(w, { id: 'a', band });
    expect(await w.get('a')).not.toHaveProperty('submittedBand');
    const { bands } = await w.status();
    expect([bands.low.queued, bands.high.queued, bands.critical.queued]).toEqual([2, 0, 0]);
    const worker = await w.worker({ slots: 4 });
    expect(worker.ids).toEqual(['a', 'b']);
  });

  it('has the digest and the idempotency key of its submission', async () => {
    const w = await world();
    const task = aTask({ id: 'a', band: 'low', idempotencyKey: 'k' });
    await w.submit(task);
    const { specDigest } = await w.get('a');
    await reband(w, { id: 'a', band: 'high' });
    expect(await w.trySubmit(task)).toMatchObject({ id: 'a', duplicate: true });
    expect(await w.trySubmit({ ...task, id: undefined })).toMatchObject({ id: 'a', duplicate: true });
    const worker = await w.worker();
    // The digest covers the band that it was submitted with, and the worker checks it.
    expect(worker.assigned[0]).toMatchObject({ id: 'a', digest: specDigest, class: { band: 'low' } });
  });

  it('preempts and is protected by its new band', async () => {
    const w = await world({ preemption: DEFAULT_POLICY });
    await w.worker();
    await w.submit(aTask({ id: 'runs', band: 'normal' }), aTask({ id: 'waits', band: 'low' }));
    await w.advance(1_000);
    await reband(w, { id: 'waits', band: 'critical' });
    await w.advance(10_000);
    expect(w.kindsOf('runs')).toContain('preempting');
    expect((await why(w, 'waits')).reasons).toContain(
      'it was submitted in band low, and moved to band critical',
    );
  });

  it('is preempted when it was lowered while it runs, and keeps its slot when it was raised', async () => {
    const setup = async (band: RebandRequest['band']) => {
      const w = await world({ preemption: DEFAULT_POLICY });
      await w.worker();
      await w.submit(aTask({ id: 'runs', band: 'high' }));
      await w.advance(1_000);
      if (band === 'critical') await reband(w, { id: 'runs', band });
      await w.submit(aTask({ id: 'waits', band: band === 'low' ? 'high' : 'critical' }));
      await w.advance(1_000);
      if (band === 'low') await reband(w, { id: 'runs', band });
      await w.advance(60_000);
      return w.kindsOf('runs').includes('preempting');
    };
    expect([await setup('low'), await setup('critical')]).toEqual([true, false]);
  });

  it('comes back from a worker where it waits for a slot', async () => {
    const w = await world();
    const worker = await w.worker({ ahead: 4 });
    for (let index = 0; index < 40; index++) {
      await w.submit(aTask({ id: `short-${index}` }));
      await worker.complete(`short-${index}`);
    }
    await w.submit(aTask({ id: 'runs', band: 'low' }), aTask({ id: 'ahead', band: 'low' }));
    expect([...worker.unstarted]).toEqual(['ahead']);
    await reband(w, { id: 'ahead', band: 'high' });
    expect(worker.recalls).toEqual(['ahead']);
  });

  it('is refused another revision than the one that was expected, and after its verdict', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a', band: 'low' }));
    const { revision } = await w.get('a');
    expect(await reband(w, { id: 'a', band: 'high', expect: revision })).toMatchObject({ band: 'high' });
    const again = await reband(w, { id: 'a', band: 'low', expect: revision });
    expect(again).toMatchObject({ error: { code: 'PRECONDITION_FAILED' } });
    await w.cancel('a');
    expect(await reband(w, { id: 'a', band: 'low' })).toMatchObject({ error: { code: 'TASK_SETTLED' } });
    expect(await reband(w, { id: 'b', band: 'low' })).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
    expect(w.kindsOf('a')).toEqual(['submitted', 'rebanded', 'settled']);
  });

  it('is of its new band after a restart, from the journal and from a snapshot', async () => {
    const w = await world({ journal: { ...JOURNAL, snapshotEvery: 1, retentionMs: 3_600_000 } });
    await w.submit(aTask({ id: 'a', band: 'low' }));
    await reband(w, { id: 'a', band: 'high', reason: 'the shop is down' });
    await w.restart();
    expect(await w.get('a')).toMatchObject({ band: 'high', submittedBand: 'low' });
    await w.worker();
    expect(await w.stateOf('a')).toBe('running');
    expect(plainState(await w.rebuilt('snapshot'))).toEqual(w.memory());
  });
});

describe('a caller that moves a task to another band', () => {
  it('needs for a higher band what a submission in it needs', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'acme--a', namespace: 'acme', band: 'normal' }));
    const refused = (grant: Partial<Grant>, band: RebandRequest['band']) =>
      reband(w, { id: 'acme--a', band }, aCaller(w, grant));
    const modest = { highestBand: 'normal' } as const;
    expect(await refused(modest, 'high')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await refused({ role: 'viewer' }, 'low')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await refused({ namespace: 'beta' }, 'low')).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
    expect(await refused(modest, 'low')).toMatchObject({ band: 'low' });
    expect(await refused(modest, 'normal')).toMatchObject({ band: 'normal' });
  });

  it('spends its budget of critical tasks', async () => {
    const w = await world();
    const ids = ['acme--a', 'acme--b'];
    await w.submit(...ids.map((id) => aTask({ id, namespace: 'acme', band: 'low' })));
    const caller = aCaller(w, { criticalPerHour: 1 });
    const raise = (id: string) => reband(w, { id, band: 'critical' }, caller);
    await w.cancel('acme--b');
    expect(await raise('acme--b')).toMatchObject({ error: { code: 'TASK_SETTLED' } });
    expect(await raise('acme--a')).toMatchObject({ band: 'critical' });
    await w.submit(aTask({ id: 'acme--c', namespace: 'acme', band: 'low' }));
    expect(await raise('acme--c')).toMatchObject({ error: { code: 'BUDGET_SPENT' } });
  });
});
