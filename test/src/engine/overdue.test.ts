import type { WhyView, WorkerView } from '@precedent/contract-types';
import type { OrProblem } from '@precedent/ports';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const GRACE_MS = 2_000;
/** After it the engine does not wait for the worker any more. */
const GRACE_MARGIN_MS = 5_000;
const HEARTBEAT_MS = 1_000;
const RETRY_MS = 2_000;

/** A worker with two slots, in one of which a task runs that was cancelled, and ignores it. */
const withStubborn = async (): Promise<{ w: World; worker: ScriptedWorker }> => {
  const w = await world({ worker: { leaseMs: 5_000, heartbeatMs: HEARTBEAT_MS } });
  const worker = await w.worker({ slots: 2 });
  await w.submit(aTask({ id: 'stubborn', timeouts: { grace: GRACE_MS } }));
  await w.cancel('stubborn');
  return { w, worker };
};

const viewOf = async (w: World): Promise<WorkerView | undefined> => (await w.workers())[0];

const reasonsOf = async (w: World, id: string): Promise<readonly string[]> => {
  const answer = await w.ask<OrProblem<WhyView>>((api, reply) => api.explanations.why(id, reply));
  return 'reasons' in answer ? answer.reasons : [];
};

describe('a lease whose code ignores its stop', () => {
  it('is no overdue one before the deadline, and is one from then on: in workers, in an event and in telemetry', async () => {
    const { w } = await withStubborn();
    await w.advance(GRACE_MS - 1);
    expect((await viewOf(w))?.overdue).toBeUndefined();
    await w.advance(HEARTBEAT_MS);
    const since = w.now - HEARTBEAT_MS + 1;
    expect(await viewOf(w)).toMatchObject({ busy: 1, overdue: { count: 1, since, tasks: ['stubborn'] } });
    expect(w.feed.events.filter(({ event }) => event === 'overdue')).toMatchObject([{ id: 'stubborn' }]);
    expect(w.events('overdue.began')).toMatchObject([{ worker: 'w1', task: 'stubborn', epoch: 1, since }]);
    expect(await reasonsOf(w, 'stubborn')).toEqual([
      'it runs on w1 and is being stopped (cancel)',
      'its code has not left by its deadline: it is overdue for 999ms',
    ]);
  });

  it('keeps its slot after its task has got its verdict, until its worker reports its end', async () => {
    const { w, worker } = await withStubborn();
    await w.advance(GRACE_MS + GRACE_MARGIN_MS);
    expect(await w.stateOf('stubborn')).toBe('cancelled');
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    expect(worker.ids).toEqual(['stubborn', 'a']);
    expect((await w.get('b')).waiting?.detail).toBe(
      'all 2 fitting slots are taken or reserved: w1 2/2; worker w1: 1 slot is overdue, for 5.0s (task stubborn)',
    );
    await w.advance(1_000);
    await worker.end('stubborn', { outcome: 'stopped' });
    expect(worker.ids).toEqual(['stubborn', 'a', 'b']);
    expect((await viewOf(w))?.overdue).toBeUndefined();
    expect(w.events('overdue.ended')).toMatchObject([{ task: 'stubborn', ms: 6_000, end: 'ended' }]);
  });

  it('leaves no slot for urgent work while its task is leased there again: the first urgent task gets the express slot', async () => {
    const w = await world({ preemption: DEFAULT_POLICY });
    const worker = await w.worker({ slots: 2, express: 1, beats: false });
    await w.submit(aTask({ id: 'stubborn', band: 'low', timeouts: { attempt: 1_000, grace: GRACE_MS } }));
    await w.advance(1_000 + GRACE_MS);
    worker.heartbeat();
    await w.advance(GRACE_MARGIN_MS + RETRY_MS);
    expect(worker.ids).toEqual(['stubborn', 'stubborn']);
    await w.submit(...['first', 'second'].map((id) => aTask({ id, band: 'critical' })));
    expect(worker.ids.slice(2)).toEqual(['first']);
  });

  it('is given up with its worker', async () => {
    const { w, worker } = await withStubborn();
    await w.advance(GRACE_MS + HEARTBEAT_MS);
    await worker.bye();
    expect(w.events('overdue.ended')).toMatchObject([{ task: 'stubborn', end: 'lost' }]);
  });

  it('is waited for while it is inside of an atomic section', async () => {
    const { w, worker } = await withStubborn();
    w.api.workers.atomic(worker.session, ['stubborn', 1], GRACE_MS + 2 * HEARTBEAT_MS);
    await w.advance(GRACE_MS + HEARTBEAT_MS);
    expect((await viewOf(w))?.overdue).toBeUndefined();
    await w.advance(2 * HEARTBEAT_MS);
    expect((await viewOf(w))?.overdue?.count).toBe(1);
  });
});

describe('after a takeover', () => {
  it('finds an overdue lease by the deadline in the journal while its task is being stopped', async () => {
    const { w, worker } = await withStubborn();
    await w.advance(GRACE_MS);
    const since = w.now;
    w.crash();
    await w.restart();
    await worker.hello();
    await w.advance(HEARTBEAT_MS);
    expect((await viewOf(w))?.overdue).toEqual({ count: 1, since, tasks: ['stubborn'] });
  });

  it('counts the slot of a lease that no task has any more, because its worker goes on listing it', async () => {
    const { w, worker } = await withStubborn();
    await w.advance(GRACE_MS + GRACE_MARGIN_MS);
    w.crash();
    await w.restart();
    await worker.hello();
    await w.advance(2 * HEARTBEAT_MS);
    expect(await viewOf(w)).toMatchObject({ busy: 1, overdue: { count: 1, tasks: ['stubborn'] } });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    expect(worker.ids).toEqual(['stubborn', 'a']);
    worker.running.delete('stubborn');
    await w.advance(HEARTBEAT_MS);
    expect(worker.ids).toEqual(['stubborn', 'a', 'b']);
  });

  it('takes no report that is not confirmed yet for code that runs', async () => {
    const { w, worker } = await withStubborn();
    await worker.end('stubborn', { outcome: 'stopped' });
    worker.running.set('stubborn', 1);
    worker.heartbeat();
    worker.heartbeat();
    await w.settle();
    expect(await viewOf(w)).toMatchObject({ busy: 0 });
    expect(w.events('overdue.began')).toEqual([]);
  });
});
