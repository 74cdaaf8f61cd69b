import type { WhyView } from '@precedent/contract-types';
import type { Band } from '@precedent/kernel';
import type { OrProblem } from '@precedent/ports';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import type { ScriptedWorker, WorkerTraits } from './scripted-worker.ts';
import { plainState } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const RUN_MS = 20;
const WARM_UP = 4;

/** A worker whose slots change their tasks every 20 ms: `first` and `second` run, the others of `waiting` are assigned ahead or wait. */
const busy = async (
  waiting: readonly string[] = [],
  traits: WorkerTraits = {},
  band: Band = 'normal',
): Promise<{ w: World; worker: ScriptedWorker }> => {
  const w = await world({ preemption: DEFAULT_POLICY });
  const worker = await w.worker({ slots: 2, ahead: 2, ...traits });
  for (let n = 1; n <= WARM_UP; n++) {
    await w.submit(aTask({ id: `warm${n}` }));
    await w.advance(RUN_MS);
    await worker.complete(`warm${n}`);
  }
  await w.submit(...['first', 'second', ...waiting].map((id) => aTask({ id, band })));
  return { w, worker };
};

const unstarted = ({ unstarted: ids }: ScriptedWorker): readonly string[] => [...ids];
const placeOf = (worker: ScriptedWorker, id: string): readonly number[] | undefined =>
  worker.assigned.findLast((lease) => lease.id === id)?.ahead;

describe('a task that is assigned ahead', () => {
  it('is sent to a worker whose slots are taken by short tasks, and starts there when the worker says so', async () => {
    const { w, worker } = await busy(['next', 'later', 'last']);
    expect(unstarted(worker)).toEqual(['next', 'later']);
    expect(await w.get('next')).toMatchObject({
      state: 'queued',
      attempt: 0,
      waiting: {
        reason: 'assigned',
        detail: 'it is assigned to worker w1, and starts there when a slot is free',
      },
    });
    expect(await w.workers()).toMatchObject([{ busy: 2, slots: 2, assignedAhead: 2 }]);
    await w.advance(10);
    await worker.completeAndStart('first', 'next');
    expect(await w.get('next')).toMatchObject({ state: 'running', attempt: 1, startedAt: w.now });
    expect(await w.workers()).toMatchObject([{ busy: 2, assignedAhead: 2 }]);
    expect(unstarted(worker)).toEqual(['later', 'last']);
  });

  it('has the run time from its start in the record of its end, and none of the wait', async () => {
    const { w, worker } = await busy(['next']);
    await w.advance(10);
    await worker.completeAndStart('first', 'next');
    const startedAt = w.now;
    await w.advance(15);
    await worker.complete('next');
    const records = w.records().filter((record) => 'id' in record && record.id === 'next');
    expect(records).toMatchObject([
      { kind: 'submitted' },
      { kind: 'leased', ahead: true },
      { kind: 'settled', ranMs: 15 },
    ]);
    expect(await w.get('next')).toMatchObject({ startedAt, settledAt: startedAt + 15 });
  });

  it('gets the whole time of its attempt from its start', async () => {
    const { w, worker } = await busy();
    await w.submit(aTask({ id: 'next', timeouts: { attempt: 100 } }));
    await w.advance(90);
    await worker.completeAndStart('first', 'next');
    await w.advance(99);
    expect(worker.stops).toEqual([]);
    await w.advance(1);
    expect(worker.stops).toEqual(['next timeout 2000']);
  });

  it('is not made of long tasks, nor of any before enough have ended', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 1, ahead: 1 });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    expect(worker.ids).toEqual(['a']);
    for (let n = 0; n <= WARM_UP; n++) {
      await w.submit(aTask({ id: `long${n}` }));
      await w.advance(60_000 - 1);
      worker.heartbeat();
      const [running = ''] = worker.running.keys();
      await worker.fail(running, { error: { code: 'HANDLER_FAILED', message: 'no', retryable: false } });
    }
    expect(worker.assigned.every(({ ahead }) => ahead === undefined)).toBe(true);
  });

  it('is not assigned to a worker that does not offer it', async () => {
    const { worker } = await busy(['next'], { ahead: 0 });
    expect(worker.ids).not.toContain('next');
  });

  it('is explained by why', async () => {
    const { w } = await busy(['next']);
    const why = await w.ask<OrProblem<WhyView>>((api, reply) => api.explanations.why('next', reply));
    expect('reasons' in why && why.reasons).toEqual([
      'it is assigned to worker w1, and starts there when a slot is free',
    ]);
  });
});

describe('the order of tasks assigned ahead', () => {
  it('has a more urgent one first, for which the last one is recalled', async () => {
    const { w, worker } = await busy(['next', 'later']);
    await w.submit(aTask({ id: 'urgent', band: 'high' }));
    expect(worker.recalls).toEqual(['later']);
    expect(unstarted(worker)).toEqual(['next', 'later', 'urgent']);
    expect(placeOf(worker, 'urgent')?.[0]).toBeGreaterThan(placeOf(worker, 'next')?.[0] ?? 9);
    await worker.end('later', { outcome: 'returned' });
    expect(await w.get('later')).toMatchObject({
      state: 'queued',
      attempt: 0,
      retries: 0,
      waiting: { reason: 'no_free_slot' },
    });
    await worker.completeAndStart('first', 'urgent');
    // It is the first in the queue again, before those that were submitted after it.
    expect(worker.ids.at(-1)).toBe('later');
    expect((await w.workers())[0]).toMatchObject({ state: 'ready', assignedAhead: 2 });
  });

  it('has nothing less urgent before a task for which there is no room, because the worker has not returned enough', async () => {
    const { w, worker } = await busy([], { slots: 1, ahead: 1 }, 'low');
    expect(unstarted(worker)).toEqual(['second']);
    await w.submit(aTask({ id: 'normal' }));
    expect(worker.recalls).toEqual(['second']);
    await w.submit(aTask({ id: 'high', band: 'high' }));
    expect(worker.recalls).toEqual(['second', 'normal']);
    expect(unstarted(worker)).toEqual(['second', 'normal']);
    for (const id of ['second', 'normal']) await worker.end(id, { outcome: 'returned' });
    expect(unstarted(worker)).toEqual(['high']);
  });

  it('repeats a recall that was lost with the next heartbeat, until the lease is returned or started', async () => {
    const { w, worker } = await busy(['next', 'later']);
    await w.submit(aTask({ id: 'urgent', band: 'high' }));
    worker.heartbeat();
    await w.settle();
    expect(worker.recalls.filter((id) => id === 'later')).toHaveLength(2);
    await worker.completeAndStart('first', 'later');
    worker.heartbeat();
    await w.settle();
    expect(worker.recalls.filter((id) => id === 'later')).toHaveLength(2);
    expect(await w.stateOf('later')).toBe('running');
  });

  it('is given up for a task that asks for more than a slot, which gets the next free one', async () => {
    const { w, worker } = await busy(['next', 'later']);
    await w.submit(aTask({ id: 'large', band: 'high', resources: { memoryMb: 10 } }));
    expect(worker.recalls).toEqual(['next', 'later']);
    for (const id of ['next', 'later']) await worker.end(id, { outcome: 'returned' });
    await worker.complete('first');
    expect(worker.ids.slice(-3)).toEqual(['large', 'next', 'later']);
    expect(placeOf(worker, 'large')).toBeUndefined();
  });

  it('is given up when no task has ended for long: another worker may have room sooner', async () => {
    const { w, worker } = await busy(['next', 'later']);
    await w.advance(52);
    expect(worker.recalls).toEqual(['next', 'later']);
    for (const id of ['next', 'later']) await worker.end(id, { outcome: 'returned' });
    const other = await w.worker({ worker: 'w2', slots: 2 });
    expect(other.ids).toEqual(['next', 'later']);
  });

  it('is given up before the victims of a preemption are signalled, and none is assigned while a slot is reserved', async () => {
    const { w, worker } = await busy([], { slots: 1, ahead: 1 }, 'low');
    expect(unstarted(worker)).toEqual(['second']);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.signals.map(({ kind }) => kind)).toEqual(['recall', 'stop']);
    await worker.end('second', { outcome: 'returned' });
    await w.submit(aTask({ id: 'more' }));
    expect(unstarted(worker)).toEqual([]);
    await worker.end('first', { outcome: 'stopped' });
    expect(worker.ids).toEqual([...worker.ids.slice(0, WARM_UP), 'first', 'second', 'urgent', 'more']);
    expect(unstarted(worker)).toEqual(['more']);
  });

  it('is not assigned to a worker whose event loop is blocked', async () => {
    const { w, worker } = await busy();
    w.api.workers.blocked(worker.session, { ms: 1_000, tasks: [['first', 1]] });
    await w.submit(aTask({ id: 'next' }));
    expect(unstarted(worker)).toEqual([]);
    worker.heartbeat();
    await w.settle();
    expect(unstarted(worker)).toEqual(['next']);
  });

  it('is given up when the machine of the worker is busy', async () => {
    const { w, worker } = await busy(['next']);
    const shares = { cpu: 0.99, memory: 0, disk: 0, ioWait: 0 };
    w.api.workers.load(worker.session, {
      ...shares,
      level: 'critical',
      recommended: 1,
      throttled: ['low', 'normal'],
    });
    await w.settle();
    expect(worker.recalls).toEqual(['next']);
  });
});

describe('a task that was assigned ahead and has not started', () => {
  it('loses nothing when its worker is lost', async () => {
    const { w, worker } = await busy(['next']);
    await worker.bye();
    expect(await w.get('next')).toMatchObject({ state: 'queued', attempt: 0, retries: 0 });
    const why = w.records().filter((record) => record.kind === 'requeued');
    expect(why.map(({ id, why: how }) => `${id} ${how}`)).toEqual([
      'first lost',
      'second lost',
      'next returned',
    ]);
    expect(w.events('task.ended').length).toBe(WARM_UP + 2);
  });

  it('is cancelled like any other', async () => {
    const { w, worker } = await busy(['next']);
    await w.cancel('next');
    expect(worker.stops).toEqual(['next cancelled 2000']);
    await worker.end('next', { outcome: 'returned' });
    expect(await w.stateOf('next')).toBe('cancelled');
  });

  it('waits on at its worker when another engine takes over, and one that has started meanwhile runs', async () => {
    const { w, worker } = await busy(['next', 'later']);
    w.crash();
    worker.running.delete('first');
    worker.unstarted.delete('next');
    await w.restart('e1');
    await worker.hello();
    expect(await w.workers()).toMatchObject([{ busy: 3, assignedAhead: 1 }]);
    expect(await w.stateOf('next')).toBe('running');
    expect(await w.stateOf('later')).toBe('queued');
    await worker.completeAndStart('second', 'later');
    expect(await w.stateOf('later')).toBe('running');
  });

  it('is in memory as in the journal', async () => {
    const { w, worker } = await busy(['next', 'later']);
    await worker.completeAndStart('first', 'next');
    await worker.complete('next');
    expect(w.memory()).toEqual(plainState(await w.rebuilt('journal')));
  });
});
