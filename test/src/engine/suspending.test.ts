import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { plainState as stateOf } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { WorkerTraits } from './scripted-worker.ts';

const preemption = DEFAULT_POLICY;
const suspend = { mode: 'suspend', maxPreemptions: 9 } as const;
const able = { suspends: ['report'] };

/** A worker that can freeze, which runs a low task that may be frozen, and a critical one that has its place by now. */
const frozen = async (low = {}, traits: WorkerTraits = {}) => {
  const w = await world({ preemption });
  const worker = await w.worker({ ...able, ...traits });
  await w.submit(aTask({ id: 'low', band: 'low', preemption: suspend, ...low }));
  await w.advance(1_000);
  await w.submit(aTask({ id: 'urgent', band: 'critical' }));
  await worker.freeze('low');
  return { w, worker };
};

describe('a victim that can be suspended', () => {
  it('gets the order to suspend, and keeps its slot until its worker confirms that it is frozen', async () => {
    const w = await world({ preemption });
    const worker = await w.worker(able);
    await w.submit(aTask({ id: 'low', band: 'low', preemption: suspend }));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.freezes).toEqual(['suspend low']);
    expect(worker.stops).toEqual([]);
    expect(worker.ids).toEqual(['low']);
    await worker.freeze('low');
    expect(worker.ids).toEqual(['low', 'urgent']);
    expect(await w.stateOf('low')).toBe('preempted');
  });

  it('resumes in the same lease and attempt when no more urgent task needs the slot', async () => {
    const { w, worker } = await frozen();
    await worker.complete('urgent');
    expect(worker.freezes).toEqual(['suspend low', 'resume low']);
    expect(await w.get('low')).toMatchObject({ state: 'running', attempt: 1, retries: 0, preemptions: 1 });
    expect(worker.ids).toEqual(['low', 'urgent']);
    await worker.complete('low', 'done');
    expect(await w.get('low')).toMatchObject({ state: 'completed', result: 'done' });
    expect(w.kindsOf('low')).toEqual([
      'submitted',
      'leased',
      'preempting',
      'suspended',
      'resumed',
      'settled',
    ]);
    expect(stateOf(await w.rebuilt('journal'))).toEqual(w.memory());
  });

  it('keeps its position in the order: tasks behind it wait, tasks before it start first', async () => {
    const { w, worker } = await frozen({ band: 'normal', preemption: { ...suspend, exempt: 0 } });
    await w.submit(
      aTask({ id: 'later', band: 'normal' }),
      aTask({ id: 'above', band: 'high' }),
      aTask({ id: 'below', band: 'low' }),
    );
    await worker.complete('urgent');
    expect(worker.ids).toEqual(['low', 'urgent', 'above']);
    await worker.complete('above');
    expect(worker.ids).toEqual(['low', 'urgent', 'above']);
    expect(await w.stateOf('low')).toBe('running');
    await worker.complete('low');
    await worker.complete('later');
    expect(worker.ids).toEqual(['low', 'urgent', 'above', 'later', 'below']);
  });

  it('resumes on the worker where it is suspended, also when another worker has room', async () => {
    const { w, worker } = await frozen();
    const other = await w.worker({ worker: 'w2', ...able });
    await w.advance(5_000);
    expect(other.ids).toEqual([]);
    expect(await w.stateOf('low')).toBe('preempted');
    await worker.complete('urgent');
    expect(await w.stateOf('low')).toBe('running');
  });

  it('still counts its memory and its GPUs, and neither its slot nor its processors', async () => {
    const w = await world({ preemption });
    const worker = await w.worker({ ...able, slots: 2, resources: { cpu: 2, memoryMb: 100, gpu: 1 } });
    const all = { cpu: 2, memoryMb: 60, gpu: 1 };
    await w.submit(aTask({ id: 'low', band: 'low', preemption: suspend, resources: all }));
    await w.submit(aTask({ id: 'memory', band: 'critical', resources: { memoryMb: 50 } }));
    expect(worker.freezes).toEqual([]);
    await w.cancel('memory');
    await w.submit(aTask({ id: 'cpu', band: 'critical', resources: { cpu: 2, memoryMb: 40 } }));
    await worker.freeze('low');
    expect(worker.ids).toEqual(['low', 'cpu']);
    await w.submit(aTask({ id: 'small', band: 'normal' }));
    expect(worker.ids).toEqual(['low', 'cpu', 'small']);
    await worker.complete('small');
    expect(await w.stateOf('low')).toBe('preempted');
    await worker.complete('cpu');
    expect(await w.stateOf('low')).toBe('running');
  });

  it('does not use up its attempt timeout, but its total timeout', async () => {
    const { w, worker } = await frozen({ timeouts: { attempt: 10_000, total: 60_000 } });
    await w.advance(20_000);
    expect(worker.stops).toEqual([]);
    await worker.complete('urgent');
    await w.advance(8_900);
    expect(worker.stops).toEqual([]);
    await w.advance(200);
    expect(new Set(worker.stops)).toEqual(new Set(['low timeout 2000']));
    const late = await frozen({ timeouts: { total: 5_000 } });
    await late.w.advance(4_100);
    expect(late.worker.stops).toEqual(['low timeout 2000']);
    await late.worker.end('low', { outcome: 'stopped' });
    expect(await late.w.stateOf('low')).toBe('timed_out');
  });

  it('is not stopped for missing heartbeats while it is suspended', async () => {
    const { w, worker } = await frozen({ timeouts: { heartbeat: 1_000 } });
    worker.heartbeat([...worker.running], [['low', 1, 60_000]]);
    await w.settle();
    expect(await w.stateOf('low')).toBe('preempted');
    expect(worker.stops).toEqual([]);
  });

  it('is thawed and ended when it is cancelled, and its slot is not given away meanwhile', async () => {
    const { w, worker } = await frozen();
    await w.cancel('low');
    expect(worker.stops).toEqual(['low cancelled 2000']);
    await w.submit(aTask({ id: 'next', band: 'normal' }));
    await worker.complete('urgent');
    expect(worker.ids).toEqual(['low', 'urgent']);
    await worker.end('low', { outcome: 'stopped' });
    expect(await w.stateOf('low')).toBe('cancelled');
    expect(worker.ids).toEqual(['low', 'urgent', 'next']);
  });

  it('is ended when it was suspended for too long, and resumes from its checkpoint, preempted once', async () => {
    const { w, worker } = await frozen({ timeouts: { total: 0 } });
    await w.submit(aTask({ id: 'hog', band: 'critical', timeouts: { attempt: 0, total: 0 } }));
    await worker.complete('urgent');
    await w.advance(599_000);
    expect(worker.stops).toEqual([]);
    await w.advance(2_000);
    expect(worker.stops).toContain('low preempted 4000');
    await worker.end('low', { outcome: 'stopped' });
    expect(await w.get('low')).toMatchObject({ state: 'preempted', preemptions: 1, attempt: 1 });
    await w.advance(1_100);
    await worker.complete('hog');
    expect(worker.assigned.at(-1)).toMatchObject({ id: 'low', epoch: 2, attempt: 1 });
    expect(stateOf(await w.rebuilt('journal'))).toEqual(w.memory());
  });

  it('is ended when it does not freeze in time', async () => {
    const w = await world({ preemption });
    const worker = await w.worker(able);
    await w.submit(aTask({ id: 'low', band: 'low', preemption: suspend }));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(2_100);
    expect(new Set(worker.stops)).toEqual(new Set(['low preempted 4000']));
    await w.advance(3_000);
    await worker.end('low', { outcome: 'stopped' });
    expect(worker.ids).toEqual(['low', 'urgent']);
  });

  it('is lost with its worker, and starts elsewhere from its checkpoint', async () => {
    const { w, worker } = await frozen();
    worker.disconnect();
    const other = await w.worker({ worker: 'w2' });
    await w.advance(20_000);
    await other.complete('urgent');
    expect(other.assigned.map(({ id, epoch }) => `${id} ${epoch}`)).toEqual(['urgent 2', 'low 2']);
    expect(await w.get('low')).toMatchObject({ state: 'running', attempt: 2, worker: 'w2' });
  });

  it('is lost with the session of its worker when the worker starts again', async () => {
    const { w, worker } = await frozen();
    const again = await w.worker({ session: 'w1-s2', ...able });
    expect(again.ids).toEqual(['urgent']);
    expect(w.kindsOf('low').at(-1)).toBe('requeued');
    expect(worker.session).toBe('w1-s1');
  });

  it('outlives the engine: another one thaws it, and never counts its slot twice', async () => {
    const { w, worker } = await frozen();
    w.crash();
    await w.restart();
    await worker.hello();
    await w.submit(aTask({ id: 'next', band: 'normal' }));
    expect(worker.ids).toEqual(['low', 'urgent']);
    expect(await w.stateOf('low')).toBe('preempted');
    await worker.complete('urgent');
    expect(worker.ids).toEqual(['low', 'urgent', 'next']);
    await worker.complete('next');
    expect(worker.freezes.at(-1)).toBe('resume low');
    await worker.complete('low');
    expect(await w.stateOf('low')).toBe('completed');
  });

  it('is known as frozen to the next engine when it froze while no engine ran', async () => {
    const w = await world({ preemption });
    const worker = await w.worker(able);
    await w.submit(aTask({ id: 'low', band: 'low', preemption: suspend }));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    w.crash();
    await w.restart();
    await worker.hello();
    await worker.freeze('low');
    expect(worker.ids).toEqual(['low', 'urgent']);
  });

  it('gets the order to resume when it was kept and its worker has frozen it after all', async () => {
    const w = await world({ preemption: { ...preemption, classes: noEscalation } });
    const worker = await w.worker(able);
    await w.submit(aTask({ id: 'low', band: 'low', preemption: suspend }));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(2_100);
    expect(worker.freezes).toEqual(['suspend low', 'suspend low', 'resume low']);
    await worker.freeze('low');
    expect(worker.ids).toEqual(['low']);
    expect(worker.frozen.size).toBe(0);
    expect(await w.stateOf('low')).toBe('running');
  });
  const noEscalation = [
    { ...preemption.classes[0], escalates: false },
    ...preemption.classes.slice(1),
  ] as unknown as typeof preemption.classes;

  it('gets a lost order again: to suspend, and to resume', async () => {
    const { w, worker } = await frozen();
    worker.frozen.clear();
    worker.heartbeat();
    await w.settle();
    expect(worker.freezes).toEqual(['suspend low', 'suspend low']);
    await worker.freeze('low');
    w.link.cut(worker.session);
    await worker.complete('urgent');
    expect(worker.frozen.size).toBe(1);
    w.link.heal(worker.session);
    worker.heartbeat();
    await w.settle();
    expect(worker.frozen.size).toBe(0);
  });

  it('frees its slot once only, when reports come twice', async () => {
    const { w, worker } = await frozen();
    worker.heartbeat();
    worker.heartbeat();
    await w.submit(...['a', 'b'].map((id) => aTask({ id, band: 'critical' })));
    expect(worker.ids).toEqual(['low', 'urgent']);
    await worker.complete('urgent');
    expect(worker.ids).toEqual(['low', 'urgent', 'a']);
  });

  it('is not taken for suspended by a late heartbeat about an earlier order', async () => {
    const { w, worker } = await frozen();
    const earlier = worker.frozen.get('low') ?? '';
    await worker.complete('urgent');
    await w.submit(aTask({ id: 'again', band: 'critical' }));
    expect(worker.freezes).toEqual(['suspend low', 'resume low', 'suspend low']);
    worker.frozen.set('low', earlier);
    worker.heartbeat();
    await w.settle();
    expect(worker.ids).toEqual(['low', 'urgent']);
    await worker.freeze('low');
    expect(worker.ids).toEqual(['low', 'urgent', 'again']);
  });

  it('is ended when its order to stop was pending', async () => {
    const { w, worker } = await frozen();
    await worker.complete('low', 'done');
    expect(await w.get('low')).toMatchObject({ state: 'completed', result: 'done' });
    await w.submit(aTask({ id: 'next', band: 'normal' }));
    expect(worker.ids).toEqual(['low', 'urgent']);
    await worker.complete('urgent');
    expect(worker.ids).toEqual(['low', 'urgent', 'next']);
  });

  it('resumes while its worker drains, which accepts no new task', async () => {
    const { w, worker } = await frozen();
    w.api.workers.draining(worker.session);
    await w.submit(aTask({ id: 'next', band: 'critical' }));
    await worker.complete('urgent');
    expect(await w.stateOf('low')).toBe('running');
    expect(worker.ids).toEqual(['low', 'urgent']);
  });

  it('is ended in time on a worker that drains, too', async () => {
    const { w, worker } = await frozen({ timeouts: { total: 0 } });
    await w.submit(aTask({ id: 'hog', band: 'critical', timeouts: { attempt: 0, total: 0 } }));
    await worker.complete('urgent');
    w.api.workers.draining(worker.session);
    await w.advance(601_000);
    expect(worker.stops).toContain('low preempted 4000');
  });

  it('resumes, or is ended in time, when the next engine has no preemption', async () => {
    const { w, worker } = await frozen({ timeouts: { total: 0 } });
    w.crash();
    await w.restart('e1', { preemption: undefined });
    await worker.hello();
    await w.advance(10_000);
    expect(await w.stateOf('low')).toBe('preempted');
    await worker.complete('urgent');
    expect(await w.stateOf('low')).toBe('running');
    const late = await frozen({ timeouts: { total: 0 } });
    await late.w.submit(aTask({ id: 'hog', band: 'critical', timeouts: { attempt: 0, total: 0 } }));
    await late.worker.complete('urgent');
    late.w.crash();
    await late.w.restart('e1', { preemption: undefined });
    await late.worker.hello();
    await late.w.advance(601_000);
    expect(late.worker.stops).toContain('low preempted 2000');
  });

  it('does not keep an engine from stopping, and is counted among the leased tasks', async () => {
    const { w } = await frozen();
    expect((await w.status()).bands['low']).toMatchObject({ queued: 0, running: 0, retrying: 1 });
    expect(w.engine.cell?.leased).toBe(1);
  });

  it('is explained in the answer to why', async () => {
    const { w } = await frozen();
    const why = await w.ask((api, reply) => api.explanations.why('low', reply));
    expect(why).toMatchObject({
      task: {
        state: 'preempted',
        worker: 'w1',
        waiting: {
          reason: 'preempted',
          detail: 'it is suspended on worker w1, and goes on there when a slot is free for it',
        },
      },
      preemptedBy: [{ task: 'urgent', victims: ['low'] }],
    });
    const { reasons } = why as { reasons: readonly string[] };
    expect(reasons[0]).toBe('it is suspended on worker w1, frozen where it was, for 10m 00s at most');
  });

  it('loses no work, and the record names the mode of its preemption', async () => {
    const { w } = await frozen();
    const [decision] = await w.ask<readonly { record: { decision: object } }[]>((api, reply) =>
      api.explanations.decisions({ task: 'urgent' }, reply),
    );
    expect(decision?.record.decision).toMatchObject({
      costMs: 0,
      victims: [{ id: 'low', requested: 'suspend', mode: 'suspend', lostMs: 0 }],
    });
  });
});

describe('a victim that cannot be suspended', () => {
  it('yields at a checkpoint instead, which its record shows', async () => {
    const w = await world({ preemption });
    const worker = await w.worker();
    await w.submit(aTask({ id: 'low', band: 'low', preemption: suspend }));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.signals).toMatchObject([{ kind: 'yield', id: 'low', reason: 'preempted' }]);
    const [decision] = await w.ask<readonly { record: { decision: object } }[]>((api, reply) =>
      api.explanations.decisions({ task: 'urgent' }, reply),
    );
    expect(decision?.record.decision).toMatchObject({
      victims: [{ id: 'low', requested: 'suspend', mode: 'at_checkpoint' }],
    });
  });

  it('is also one more than the slots of its worker, which limit its suspended tasks', async () => {
    const { w, worker } = await frozen();
    await worker.complete('urgent');
    await worker.complete('low');
    const again = await frozen();
    await again.w.submit(aTask({ id: 'high', band: 'high', preemption: { ...suspend, exempt: 0 } }));
    await again.worker.complete('urgent');
    expect(again.worker.ids).toEqual(['low', 'urgent', 'high']);
    await again.w.submit(aTask({ id: 'u2', band: 'critical' }));
    expect(again.worker.signals.at(-1)).toMatchObject({ kind: 'yield', id: 'high' });
    await w.settle();
  });
});
