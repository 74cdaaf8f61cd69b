import type { LeaseRef, LeaseStep } from '@precedent/contract-types';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import type { OrProblem } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import type { ScriptedWorker } from './scripted-worker.ts';
import { plainState as stateOf } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const preemption = DEFAULT_POLICY;
const HASH = 'a'.repeat(64);

const keep = (w: World, worker: ScriptedWorker, lease: LeaseRef, step: LeaseStep) =>
  w.ask<OrProblem<{ readonly ok: true }>>((api, reply) =>
    api.workers.recordStep(worker.session, lease, step, reply),
  );

const checkpoint = (seq: number, state: unknown): LeaseStep => ({
  kind: 'checkpoint',
  seq,
  hash: HASH,
  version: '1',
  bytes: 10,
  state: state as never,
});

/** A worker of one slot that runs a low task, and a critical one that waits for it. */
const busy = async (low = {}) => {
  const w = await world({ preemption });
  const worker = await w.worker();
  await w.submit(aTask({ id: 'low', band: 'low', ...low }));
  await w.advance(1_000);
  return { w, worker };
};

describe('preemption', () => {
  it('requeues the victim, which completes later', async () => {
    const { w, worker } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.stops).toEqual(['low preempted 4000']);
    await worker.end('low', { outcome: 'stopped' });
    expect(await w.stateOf('low')).toBe('preempted');
    await worker.complete('urgent');
    await w.advance(1_100);
    await worker.complete('low');
    expect(await w.stateOf('low')).toBe('completed');
    expect(w.kindsOf('low')).toEqual([
      'submitted',
      'leased',
      'preempting',
      'preempted',
      'due',
      'leased',
      'settled',
    ]);
  });

  it('gives the freed slot to the preemptor', async () => {
    const { w, worker } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }), aTask({ id: 'other', band: 'high' }));
    await worker.end('low', { outcome: 'stopped' });
    expect(worker.ids).toEqual(['low', 'urgent']);
  });

  it('stores a reported checkpoint before it is acknowledged, and resumes from it', async () => {
    const { w, worker } = await busy();
    expect(await keep(w, worker, ['low', 1], checkpoint(1, { done: 1 }))).toEqual({ ok: true });
    expect(await keep(w, worker, ['low', 1], checkpoint(2, { done: 2 }))).toEqual({ ok: true });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'yielded' });
    await worker.complete('urgent');
    await w.advance(1_100);
    expect(worker.assigned.at(-1)).toMatchObject({
      id: 'low',
      epoch: 2,
      attempt: 1,
      resume: { checkpoint: { epoch: 1, seq: 2, state: { done: 2 } }, undo: [], segments: 1 },
    });
  });

  it('opens the circuit breaker when it frees no slot in time', async () => {
    const breaker = { ...DEFAULT_POLICY.breaker, samplesMin: 1 };
    const w = await world({ preemption: { ...DEFAULT_POLICY, breaker } });
    const worker = await w.worker();
    await w.submit(aTask({ id: 'low', band: 'low', timeouts: { attempt: 0 } }));
    // So much was done that what is lost does not weigh.
    await w.advance(200_000);
    await keep(w, worker, ['low', 1], checkpoint(1, { done: 1 }));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(20_000);
    expect(w.events('preemption.ended')).toMatchObject([{ task: 'urgent', end: 'expired' }]);
    expect(w.events('preemption.breaker')).toMatchObject([{ pool: 'default', cause: 'late_starts' }]);
  });

  it('continues the same attempt when a worker returns a resumed task before it starts', async () => {
    const { w, worker } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'yielded' });
    await worker.complete('urgent');
    await w.advance(1_100);
    await worker.end('low', { outcome: 'returned' });
    expect(await w.get('low')).toMatchObject({ state: 'preempted', attempt: 1 });
    await w.advance(2_000);
    expect(worker.assigned.at(-1)).toMatchObject({ id: 'low', epoch: 3, attempt: 1 });
    expect(stateOf(await w.rebuilt('journal'))).toEqual(w.memory());
  });

  it('resumes from a checkpoint on another worker after the engine was killed', async () => {
    const { w, worker } = await busy();
    await keep(w, worker, ['low', 1], checkpoint(1, { done: 7 }));
    w.crash();
    worker.disconnect();
    await w.restart();
    const other = await w.worker({ worker: 'w2' });
    await w.advance(20_000);
    expect(other.assigned).toMatchObject([
      { id: 'low', epoch: 2, resume: { checkpoint: { state: { done: 7 } } } },
    ]);
  });

  it('removes a large checkpoint when no attempt can resume from it, and not before that is durable', async () => {
    const { w, worker } = await busy();
    const large = (epoch: number, seq: number): LeaseStep => {
      const { state: _, ...rest } = checkpoint(seq, 0) as Extract<LeaseStep, { kind: 'checkpoint' }>;
      return { ...rest, bytes: 100_000, ref: `low/${epoch}/${seq % 2}` };
    };
    for (const seq of [1, 2, 3]) await keep(w, worker, ['low', 1], large(1, seq));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    await worker.complete('urgent');
    await w.advance(1_100);
    expect(w.removedBlobs).toEqual([]);
    await keep(w, worker, ['low', 2], large(2, 1));
    expect(w.removedBlobs).toEqual(['low/1/0']);
    const blocked = w.host.carrier;
    blocked.hold();
    w.api.workers.report('w1-s1', [{ id: 'low', epoch: 2, outcome: 'completed' }], () => undefined);
    await w.settle();
    expect(w.removedBlobs).toEqual(['low/1/0']);
    blocked.release();
    await w.settle();
    expect(w.removedBlobs).toEqual(['low/1/0', 'low/2/1', 'low/1/1']);
  });

  it('assigns the rollback actions after a forced abort, and records which of them failed', async () => {
    const { w, worker } = await busy();
    const undo = (seq: number, name: string): LeaseStep => ({ kind: 'undo', seq, name, payload: { n: seq } });
    await keep(w, worker, ['low', 1], undo(1, 'unbook'));
    await keep(w, worker, ['low', 1], undo(2, 'unsend'));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    await worker.complete('urgent');
    await w.advance(1_100);
    expect(worker.assigned.at(-1)?.resume?.undo).toMatchObject([{ name: 'unbook' }, { name: 'unsend' }]);
    const error = { code: 'HANDLER_FAILED' as const, message: 'the shop is closed' };
    await keep(w, worker, ['low', 2], { kind: 'undone', seq: 1, of: 2, ofEpoch: 1, error });
    await keep(w, worker, ['low', 2], { kind: 'undone', seq: 2, of: 1, ofEpoch: 1 });
    expect(await w.get('low')).toMatchObject({ rollbackFailed: [{ name: 'unsend', error }] });
    expect(stateOf(await w.rebuilt('journal'))).toEqual(w.memory());
  });

  it('never assigns a slot twice, not even during the grace', async () => {
    const { w, worker } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(3_900);
    expect(worker.ids).toEqual(['low']);
    await worker.end('low', { outcome: 'stopped' });
    expect(worker.ids).toEqual(['low', 'urgent']);
  });

  it('does not count as a failed attempt', async () => {
    const { w, worker } = await busy({ retry: { max: 0 } });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    await worker.complete('urgent');
    await w.advance(1_100);
    expect(await w.get('low')).toMatchObject({ state: 'running', attempt: 1, retries: 0, preemptions: 1 });
  });

  it('never takes a victim with the policy `never`', async () => {
    const { w, worker } = await busy({ preemption: { mode: 'never' } });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.signals).toEqual([]);
    const [decision] = await w.ask<readonly { outcome: string }[]>((api, reply) =>
      api.explanations.decisions({}, reply),
    );
    expect(decision).toMatchObject({ task: 'urgent', outcome: 'infeasible' });
  });

  it('takes no victim in an atomic section, until that ends', async () => {
    const { w, worker } = await busy();
    w.api.workers.atomic(worker.session, ['low', 1], 5_000);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.stops).toEqual([]);
    w.api.workers.atomic(worker.session, ['low', 1], 0);
    await w.advance(1_000);
    expect(worker.stops).toHaveLength(1);
  });

  it('stops to preempt a task after its maximum count', async () => {
    const { w, worker } = await busy({ preemption: { maxPreemptions: 1 } });
    await w.submit(aTask({ id: 'u1', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    await worker.complete('u1');
    await w.advance(5_000);
    expect(await w.stateOf('low')).toBe('running');
    await w.submit(aTask({ id: 'u2', band: 'critical' }));
    await w.advance(5_000);
    expect(worker.stops).toHaveLength(1);
  });

  it('records a repeated checkpoint step once, and refuses one of an old lease', async () => {
    const { w, worker } = await busy();
    await keep(w, worker, ['low', 1], checkpoint(1, 1));
    await keep(w, worker, ['low', 1], checkpoint(1, 1));
    expect(w.kindsOf('low').filter((kind) => kind === 'kept')).toHaveLength(1);
    expect(await keep(w, worker, ['low', 2], checkpoint(1, 1))).toMatchObject({
      error: { code: 'STALE_EPOCH' },
    });
  });

  it('never takes the same victim for two preemptors', async () => {
    const w = await world({ preemption });
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'l1', band: 'low' }), aTask({ id: 'l2', band: 'low' }));
    await w.submit(...['u1', 'u2', 'u3'].map((id) => aTask({ id, band: 'critical' })));
    await w.advance(500);
    const victims = worker.stops.map((stop) => stop.split(' ')[0]);
    expect(new Set(victims).size).toBe(victims.length);
  });

  it('cancels a task that is cancelled while it is preempted', async () => {
    const { w, worker } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.cancel('low');
    await worker.end('low', { outcome: 'stopped' });
    expect(await w.get('low')).toMatchObject({ state: 'cancelled' });
    expect(worker.ids).toEqual(['low', 'urgent']);
  });

  it('accepts the result of a victim that completes in its grace, and the failure of one that fails', async () => {
    const { w, worker } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.complete('low', 'done');
    expect(await w.get('low')).toMatchObject({ state: 'completed', result: 'done' });
    expect(w.records().find((record) => record.kind === 'settled')).toMatchObject({
      end: 'finished_in_grace',
    });
  });

  it('aborts a victim that does not yield at a checkpoint when its band allows that', async () => {
    const { w, worker } = await busy({
      band: 'normal',
      preemption: { checkpointDeadline: 3_000, exempt: 0 },
    });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.signals).toMatchObject([
      { kind: 'yield', id: 'low', reason: 'preempted', deadlineMs: 3_000 },
    ]);
    await w.advance(3_100);
    // It is said again after a heartbeat that still lists the lease.
    expect(new Set(worker.stops)).toEqual(new Set(['low preempted 7000']));
  });

  describe('of a victim that yields', () => {
    const yields = { band: 'normal', preemption: { checkpointDeadline: 3_000, exempt: 0 } } as const;
    const YIELD = { kind: 'yield', id: 'low', reason: 'preempted', deadlineMs: 3_000 };

    /** A critical task has come, and the journal has not acknowledged the decision. */
    const undecided = async () => {
      const { w, worker } = await busy(yields);
      w.host.carrier.hold();
      w.api.tasks.submit([{ task: aTask({ id: 'urgent', band: 'critical' }) }], () => undefined);
      await w.settle();
      return { w, worker };
    };

    it('requests the yield together with the append of the decision', async () => {
      const { w, worker } = await undecided();
      expect(worker.signals).toMatchObject([YIELD]);
      const left = [{ id: 'low', epoch: 1, outcome: 'yielded' as const }];
      w.api.workers.report(worker.session, left, () => undefined);
      await w.settle();
      expect(worker.ids).toEqual(['low']);
      w.host.carrier.release();
      await w.settle();
      expect(worker.ids).toEqual(['low', 'urgent']);
      expect(worker.signals).toMatchObject([YIELD]);
    });

    it('requests an abort only after the decision is durable', async () => {
      const { w, worker } = await busy();
      w.host.carrier.hold();
      w.api.tasks.submit([{ task: aTask({ id: 'urgent', band: 'critical' }) }], () => undefined);
      await w.settle();
      expect(worker.signals).toEqual([]);
      w.host.carrier.release();
      await w.settle();
      expect(worker.stops).toEqual(['low preempted 4000']);
    });

    it('requeues the victim as one that stopped by itself when the decision was never durable', async () => {
      const { w, worker } = await undecided();
      w.crash();
      await w.restart();
      await worker.hello();
      expect(await w.stateOf('low')).toBe('running');
      await worker.end('low', { outcome: 'yielded' });
      await w.advance(2_000);
      expect(worker.assigned.at(-1)).toMatchObject({ id: 'low', epoch: 2, attempt: 1 });
      expect(w.kindsOf('low')).toEqual(['submitted', 'leased', 'requeued', 'leased']);
    });

    it('leaves the victim running that has not yielded when the decision was never durable', async () => {
      const { w, worker } = await undecided();
      w.crash();
      await w.restart();
      await worker.hello();
      await w.advance(10_000);
      expect([await w.stateOf('low'), worker.stops]).toEqual(['running', []]);
      await worker.complete('low', 'done');
      expect(await w.get('low')).toMatchObject({ state: 'completed', result: 'done' });
    });
  });

  it('keeps the slot of an escalated victim reserved until the victim has ended', async () => {
    const { w, worker } = await busy({
      band: 'normal',
      preemption: { checkpointDeadline: 3_000, exempt: 0 },
    });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(9_000);
    await worker.end('low', { outcome: 'stopped' });
    expect(worker.ids).toEqual(['low', 'urgent']);
    expect(w.events('preemption.ended')).toMatchObject([{ task: 'urgent', end: 'started' }]);
  });

  it('stops the attempt timeout while a victim does not run', async () => {
    const { w, worker } = await busy({ timeouts: { attempt: 10_000 } });
    await w.advance(5_000);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    await w.advance(20_000);
    await worker.complete('urgent');
    await w.advance(3_900);
    expect(worker.stops.filter((stop) => stop.includes('timeout'))).toEqual([]);
    await w.advance(300);
    expect(worker.stops.some((stop) => stop.includes('timeout'))).toBe(true);
  });

  it('applies the attempt timeout again to a victim that was kept', async () => {
    const { w, worker } = await busy({
      timeouts: { attempt: 10_000 },
      preemption: { mode: 'delay', exempt: 0 },
    });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(worker.signals).toEqual([]);
    await w.advance(9_100);
    expect(new Set(worker.stops)).toEqual(new Set(['low timeout 2000']));
    await worker.end('low', { outcome: 'stopped' });
    expect(worker.ids).toEqual(['low', 'urgent']);
    expect(await w.stateOf('low')).toBe('retrying');
  });

  it('explains its decisions, and the outcome of a dry run', async () => {
    const { w, worker } = await busy();
    const dry = await w.ask((api, reply) => api.explanations.dryRun(aTask({ band: 'critical' }), reply));
    expect(dry).toMatchObject({ outcome: 'preempted', candidates: [{ id: 'low', fate: 'chosen' }] });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    const why = await w.ask((api, reply) => api.explanations.why('low', reply));
    expect(why).toMatchObject({ preemptedBy: [{ task: 'urgent', victims: ['low'] }] });
    expect(await w.ask((api, reply) => api.explanations.why('urgent', reply))).toMatchObject({
      displaced: [{ victims: ['low'] }],
    });
    await worker.end('low', { outcome: 'stopped' });
  });

  it('reports infeasible in a dry run where no worker fits', async () => {
    const { w } = await busy();
    const dry = (task: Parameters<typeof aTask>[0]) =>
      w.ask((api, reply) => api.explanations.dryRun(aTask(task), reply));
    expect(await dry({ type: 'no.such.type', band: 'critical' })).toMatchObject({
      outcome: 'no_worker',
      explanation: expect.stringMatching(/^no worker fits it; \S+ lacks type no\.such\.type$/) as string,
    });
  });

  it('counts processors: a worker gets no more tasks than fit, and only tasks that hold the scarce resource are preempted', async () => {
    const w = await world({ preemption });
    const worker = await w.worker({ slots: 5, resources: { cpu: 4 } });
    await w.submit(
      aTask({ id: 'big', band: 'low', resources: { cpu: 3 } }),
      aTask({ id: 'small', band: 'low' }),
    );
    await w.submit(aTask({ id: 'big2', band: 'low', resources: { cpu: 3 } }));
    expect(worker.ids).toEqual(['big', 'small']);
    await w.submit(aTask({ id: 'urgent', band: 'critical', resources: { cpu: 2 } }));
    expect(worker.stops).toEqual(['big preempted 4000']);
    await worker.end('big', { outcome: 'stopped' });
    expect(worker.ids).toEqual(['big', 'small', 'urgent']);
  });
});
