import type { WhyView } from '@precedent/contract-types';
import type { Band } from '@precedent/kernel';
import type { OrProblem } from '@precedent/ports';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import type { ScriptedWorker, WorkerTraits } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const preemption = DEFAULT_POLICY;

/** A worker with one slot, which a low task takes, and one express slot. */
const full = async (traits: WorkerTraits = {}): Promise<{ w: World; worker: ScriptedWorker }> => {
  const w = await world({ preemption });
  const worker = await w.worker({ express: 1, ...traits });
  const lows = Array.from({ length: traits.slots ?? 1 }, (_, at) =>
    aTask({ id: `low${at + 1}`, band: 'low' }),
  );
  await w.submit(...lows);
  await w.advance(1_000);
  return { w, worker };
};

const loadOf = async (w: World): Promise<string> => {
  const [view] = await w.workers();
  return `${view?.busy}/${view?.slots} +${view?.expressBusy}/${view?.express}`;
};

describe('an urgent task that finds all slots taken', () => {
  it('starts in an express slot in the turn in which it arrives, and no task is preempted for it yet', async () => {
    const { w, worker } = await full();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.ids).toEqual(['low1', 'urgent']);
    expect(worker.stops).toEqual([]);
    expect(await loadOf(w)).toBe('1/1 +1/1');
    expect(w.kindsByEntry('urgent')).toEqual([['submitted', 'decided', 'leased']]);
  });

  it('moves into the first slot that becomes free, which no waiting task gets', async () => {
    const { w, worker } = await full();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }), aTask({ id: 'high', band: 'high' }));
    await w.advance(300);
    await worker.complete('low1');
    expect(worker.ids).toEqual(['low1', 'urgent']);
    expect(await loadOf(w)).toBe('1/1 +0/1');
    expect(w.events('express.ended')).toMatchObject([{ task: 'urgent', ms: 300, end: 'slot' }]);
    await worker.complete('urgent');
    expect(worker.ids).toEqual(['low1', 'urgent', 'high']);
  });

  it('makes a lower task give up its slot when none has ended by itself after the excess time', async () => {
    const { w, worker } = await full();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(preemption.excessMs - 1);
    expect(worker.stops).toEqual([]);
    await w.advance(1);
    expect(worker.stops).toEqual(['low1 preempted 4000']);
    await worker.end('low1', { outcome: 'stopped' });
    expect(await loadOf(w)).toBe('1/1 +0/1');
    await w.advance(5_000);
    expect(await w.stateOf('low1')).toBe('preempted');
    await worker.complete('urgent');
    expect(worker.ids).toEqual(['low1', 'urgent', 'low1']);
  });

  it('leaves the worker at its slot count when it ends first', async () => {
    const { w, worker } = await full();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(400);
    await worker.complete('urgent');
    await w.advance(5_000);
    expect(worker.stops).toEqual([]);
    expect(w.events('express.ended')).toMatchObject([
      { worker: 'w1', task: 'urgent', ms: 400, end: 'ended' },
    ]);
    expect(await loadOf(w)).toBe('1/1 +0/1');
  });

  it('preempts at once when the express slots are taken, and gets the slot before the task in the express slot', async () => {
    const { w, worker } = await full({ slots: 2 });
    await w.submit(aTask({ id: 'first', band: 'critical' }));
    await w.submit(aTask({ id: 'second', band: 'critical' }));
    expect(worker.stops).toHaveLength(1);
    const [victim = ''] = worker.stops[0]?.split(' ') ?? [];
    await worker.end(victim, { outcome: 'stopped' });
    expect(worker.ids.at(-1)).toBe('second');
    expect(await loadOf(w)).toBe('2/2 +1/1');
  });

  it('waits as before on a worker that offers no express slot', async () => {
    const { w, worker } = await full({ express: 0 });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.stops).toEqual(['low1 preempted 4000']);
    expect(worker.ids).toEqual(['low1']);
  });

  it('has the decision in its history, and the reason in the answer to why', async () => {
    const { w } = await full();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    const decisions = await w.ask((api, reply) => api.explanations.decisions({ task: 'urgent' }, reply));
    expect(decisions).toMatchObject([{ outcome: 'express', victims: [] }]);
    const why = await w.ask<OrProblem<WhyView>>((api, reply) => api.explanations.why('urgent', reply));
    expect('reasons' in why && why.reasons[0]).toBe(
      'it runs on w1 in an express slot, above the slot count of the worker',
    );
  });
});

describe('an express slot', () => {
  it('is found again by the engine that takes over: the worker returns to its slot count', async () => {
    const { w, worker } = await full();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    w.crash();
    await w.restart('e1');
    await worker.hello();
    expect(await loadOf(w)).toBe('1/1 +1/1');
    await w.advance(preemption.excessMs);
    expect(worker.stops).toEqual(['low1 preempted 4000']);
  });

  it('never holds more memory than the worker has', async () => {
    const w = await world({ preemption });
    const worker = await w.worker({ express: 1, resources: { memoryMb: 1_000 } });
    await w.submit(aTask({ id: 'low', band: 'low', resources: { memoryMb: 600 } }));
    await w.submit(aTask({ id: 'urgent', band: 'critical', resources: { memoryMb: 600 } }));
    expect(worker.ids).toEqual(['low']);
    expect(worker.stops).toEqual(['low preempted 4000']);
  });

  it('is taken by a task whose victim has not left yet: the memory is there, and reserved for it', async () => {
    const w = await world({ preemption });
    const worker = await w.worker({ express: 1, resources: { memoryMb: 1_000 } });
    await w.submit(aTask({ id: 'low', band: 'low', resources: { memoryMb: 300 } }));
    await w.submit(aTask({ id: 'first', band: 'critical', resources: { memoryMb: 100 } }));
    await w.submit(aTask({ id: 'second', band: 'critical', resources: { memoryMb: 600 } }));
    expect(worker.stops).toEqual(['low preempted 4000']);
    await worker.complete('first');
    expect(worker.ids).toEqual(['low', 'first', 'second']);
    expect(await loadOf(w)).toBe('1/1 +1/1');
    await worker.end('low', { outcome: 'stopped' });
    expect(await loadOf(w)).toBe('1/1 +0/1');
  });

  it('keeps no memory for a task that runs in it already, only the slot that its victim leaves', async () => {
    const w = await world({ preemption });
    const worker = await w.worker({ slots: 2, express: 2, resources: { memoryMb: 1_000 } });
    const submit = (id: string, band: Band, memoryMb: number) =>
      w.submit(aTask({ id, band, resources: { memoryMb } }));
    await submit('low', 'low', 100);
    await w.submit(
      aTask({ id: 'never', band: 'low', preemption: { mode: 'never' }, resources: { memoryMb: 100 } }),
    );
    for (const id of ['first', 'second']) await submit(id, 'critical', 100);
    await submit('third', 'critical', 300);
    expect(worker.stops).toHaveLength(1);
    await worker.complete('first');
    await submit('fourth', 'critical', 400);
    expect(worker.ids.at(-1)).toBe('third');
    await worker.complete('second');
    expect(worker.ids.at(-1)).toBe('fourth');
  });
});
