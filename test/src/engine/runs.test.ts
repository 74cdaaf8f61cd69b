import type { WorkflowSpec } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const task = { type: 'report' };

const start = (w: World, definition: WorkflowSpec, id = 'r') =>
  w.submit(aTask({ id, type: 'workflow', payload: { definition } }));

describe('a run of a workflow', () => {
  it('starts each step as a task of its own when what it needs has ended, in the journal entry of that end', async () => {
    const w = await world();
    await start(w, { steps: { a: { task }, b: { task, needs: ['a'] } } });
    expect(await w.stateOf('r')).toBe('running');
    const worker = await w.worker();
    expect(worker.ids).toEqual(['r--a']);
    await worker.complete('r--a');
    expect(worker.ids).toEqual(['r--a', 'r--b']);
    const seqOf = (kind: string, id: string) =>
      w.records().find((record) => record.kind === kind && 'id' in record && record.id === id)?.seq;
    expect(seqOf('submitted', 'r--b')).toBe(seqOf('settled', 'r--a'));
    await worker.complete('r--b');
    expect(await w.get('r')).toMatchObject({ state: 'completed' });
    expect(w.feed.of('r')).toEqual(['started', 'completed']);
  });

  it('goes on in another engine, from the journal and from a snapshot', async () => {
    const w = await world();
    await start(w, { steps: { m: { map: { over: { from: 0, to: 5 }, concurrency: 2, task } } } });
    const worker = await w.worker({ slots: 1 });
    await worker.complete('r--m--0');
    const taken = w.engine.cell?.snapshots.take();
    await w.clock.settle();
    await taken;
    await worker.complete('r--m--1');
    for (const from of ['journal', 'snapshot'] as const) {
      const { runs } = await w.rebuilt(from);
      expect(runs.get('r')?.step('m').items).toMatchObject({ completed: 2, open: 2 });
    }
    await w.restart();
    expect(await w.stateOf('r')).toBe('running');
  });

  it('is cancelled with its steps', async () => {
    const w = await world();
    await start(w, { steps: { a: { task }, nap: { sleep: 60_000 } } });
    await w.ask((api, reply) => api.tasks.cancel({ id: 'r', reason: 'no need' }, reply));
    expect(await w.stateOf('r--a')).toBe('cancelled');
    expect(await w.get('r')).toMatchObject({ state: 'cancelled', error: { message: 'cancelled: no need' } });
  });

  it('fails with the step that failed, and undoes what was done', async () => {
    const w = await world();
    await start(w, {
      steps: { a: { task, compensate: task }, b: { task: { ...task, retry: { max: 0 } }, needs: ['a'] } },
    });
    const worker = await w.worker();
    await worker.complete('r--a');
    await worker.fail('r--b');
    await worker.complete('r--a--undo');
    expect(await w.get('r')).toMatchObject({
      state: 'failed',
      error: { code: 'STEP_FAILED', details: { step: 'b', compensated: ['a'] } },
    });
  });

  it('wakes a sleeping step', async () => {
    const w = await world();
    await start(w, { steps: { nap: { sleep: 60_000 } } });
    await w.advance(59_999);
    expect(await w.stateOf('r')).toBe('running');
    await w.advance(100);
    expect(await w.stateOf('r')).toBe('completed');
  });

  it('times out with its steps', async () => {
    const w = await world();
    await w.submit(
      aTask({
        id: 'r',
        type: 'workflow',
        timeouts: { total: 1_000 },
        payload: { definition: { steps: { a: { task } } } },
      }),
    );
    await w.advance(1_100);
    expect([await w.stateOf('r--a'), await w.stateOf('r')]).toEqual(['cancelled', 'timed_out']);
  });

  it('runs another workflow as a step, and cancels it with itself', async () => {
    const w = await world();
    await start(w, { steps: { a: { task } } }, 'done');
    const worker = await w.worker();
    await worker.complete('done--a');
    await w.submit(aTask({ id: 'again', type: 'workflow', payload: { rerun: { run: 'done' } } }));
    expect(await w.get('again')).toMatchObject({ state: 'completed' });
  });
});
