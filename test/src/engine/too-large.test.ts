import type { LeaseRef, LeaseStep } from '@precedent/contract-types';
import type { OrProblem } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { plainState } from './plain-state.ts';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const keep = (w: World, worker: ScriptedWorker, lease: LeaseRef, step: LeaseStep) =>
  w.ask<OrProblem<{ readonly ok: true }>>((api, reply) =>
    api.workers.recordStep(worker.session, lease, step, reply),
  );

const checkpoint = (seq: number, state: unknown): LeaseStep => ({
  kind: 'checkpoint',
  seq,
  hash: 'a'.repeat(64),
  version: '1',
  bytes: 10,
  state: state as never,
});

const undo = (seq: number, payload: unknown): LeaseStep => ({ kind: 'undo', seq, name: 'unbook', payload });

const busy = async () => {
  const w = await world();
  const worker = await w.worker();
  await w.submit(aTask({ id: 'a' }));
  return { w, worker };
};

describe('a record that is too large for the journal', () => {
  it('causes the refusal of its checkpoint step, of which nothing is in memory', async () => {
    const { w, worker } = await busy();
    expect(await keep(w, worker, ['a', 1], checkpoint(1, 'x'.repeat(8 * 1024 * 1024)))).toMatchObject({
      error: { code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('kept of task a') },
    });
    expect((await w.get('a')).checkpoint).toBeUndefined();
    expect(w.memory()).toEqual(plainState(await w.rebuilt('journal')));
    expect(await keep(w, worker, ['a', 1], checkpoint(1, 'small'))).toEqual({ ok: true });
    await worker.complete('a');
    expect(await w.stateOf('a')).toBe('completed');
  });

  it('causes the refusal of its task, and not of the others of the batch', async () => {
    const w = await world();
    const large = { task: aTask({ id: 'large', payload: 'ä'.repeat(300 * 1024) }) };
    const answers = await w.offer({ task: aTask({ id: 'a' }) }, large, { task: aTask({ id: 'b' }) });
    expect(answers).toMatchObject([{ id: 'a' }, { error: { code: 'PAYLOAD_TOO_LARGE' } }, { id: 'b' }]);
    await expect(w.get('large')).rejects.toThrow('TASK_NOT_FOUND');
    expect(w.memory()).toEqual(plainState(await w.rebuilt('journal')));
  });
});

describe('the rollback actions of an attempt', () => {
  it('are refused when all of them together would not fit into an assignment', async () => {
    const { w, worker } = await busy();
    const payload = 'x'.repeat(16 * 1024 - 2);
    for (let seq = 1; seq <= 16; seq++)
      expect(await keep(w, worker, ['a', 1], undo(seq, payload))).toEqual({ ok: true });
    expect(await keep(w, worker, ['a', 1], undo(17, 1))).toMatchObject({
      error: { code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('262145 of at most 262144') },
    });
    // What was kept is known, also at the limit; and a checkpoint makes room.
    expect(await keep(w, worker, ['a', 1], undo(16, payload))).toEqual({ ok: true });
    expect(await keep(w, worker, ['a', 1], checkpoint(17, 1))).toEqual({ ok: true });
    expect(await keep(w, worker, ['a', 1], undo(18, payload))).toEqual({ ok: true });
  });
});

describe('a journal whose server accepts less than before', () => {
  it('makes the engine step down once, and continue from the durable state with smaller entries', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'before' }));
    Object.assign(w.host.journal, { maxEntryBytes: 560_000 });
    const euros = (id: string) => ({ task: aTask({ id, payload: '€'.repeat(95_000) }) });
    const answer = w.send((api, reply) => api.tasks.submit([euros('x'), euros('y')], reply));
    await w.settle();
    expect([answer.all, w.engine.state]).toEqual([[], 'error']);
    expect(w.host.problems).toMatchObject([{ code: 'PAYLOAD_TOO_LARGE' }]);
    w.engine.reset();
    await w.start(w.host);
    await expect(w.get('x')).rejects.toThrow('TASK_NOT_FOUND');
    expect(await w.offer(euros('x'), euros('y'))).toMatchObject([{ id: 'x' }, { id: 'y' }]);
    expect(await w.stateOf('before')).toBe('queued');
    expect(w.memory()).toEqual(plainState(await w.rebuilt('journal')));
  });
});
