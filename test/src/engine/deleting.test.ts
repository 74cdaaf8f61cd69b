import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { JOURNAL } from './options.ts';
import { plainState } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const DONE = { id: 'a', deleted: true };
const NOT_FOUND = { error: { code: 'TASK_NOT_FOUND' } };

/** A world in which these tasks were completed, in this order. */
const completed = async (tasks: readonly Parameters<typeof aTask>[0][], options = {}): Promise<World> => {
  const w = await world(options);
  const worker = await w.worker();
  for (const task of tasks) {
    const [id = ''] = await w.submit(aTask(task));
    await worker.complete(id, `result of ${id}`);
  }
  return w;
};

const rebuildsTheSame = async (w: World): Promise<void> => {
  for (const from of ['journal', 'snapshot'] as const)
    expect(plainState(await w.rebuilt(from)), from).toEqual(w.memory());
};

describe('deleting a settled task', () => {
  it('removes the task, its output and its key, and nothing of other tasks', async () => {
    const w = await completed([{ id: 'a', idempotencyKey: 'k' }, { id: 'b' }]);
    expect(await w.delete('a')).toEqual(DONE);
    await expect(w.get('a')).rejects.toThrow('TASK_NOT_FOUND: task a was deleted');
    expect((await w.list()).ids).toEqual(['b']);
    expect(w.removedLogs).toEqual(['a']);
    expect(w.memory().keys).toEqual([]);
    expect(JSON.stringify(w.memory())).not.toContain('result of a');
    expect(await w.get('b')).toMatchObject({ state: 'completed', result: 'result of b' });
    await rebuildsTheSame(w);
  });

  it('is published on the feed, without the outcome of the task', async () => {
    const w = await completed([{ id: 'a', namespace: 'shop' }]);
    w.feed.clear();
    await w.delete('a', { namespace: 'shop' });
    expect(w.feed.events).toMatchObject([{ event: 'deleted', id: 'a', class: { namespace: 'shop' } }]);
    expect(JSON.stringify(w.feed.events)).not.toContain('result of a');
  });

  it('writes one record when it is requested twice', async () => {
    const w = await completed([{ id: 'a' }]);
    expect([await w.delete('a'), await w.delete('a')]).toEqual([DONE, DONE]);
    expect(w.kindsOf('a')).toEqual(['submitted', 'leased', 'settled', 'deleted']);
  });

  it('is answered after the commit, and nothing is removed before', async () => {
    const w = await completed([{ id: 'a' }]);
    w.host.carrier.hold();
    const answer = w.send((api, reply) => api.tasks.delete({ id: 'a', namespace: 'default' }, reply));
    await w.settle();
    expect([answer.all, w.removedLogs]).toEqual([[], []]);
    w.host.carrier.release();
    await w.settle();
    expect([answer.all, w.removedLogs]).toEqual([[DONE], ['a']]);
  });

  it('is named in lists for a minute, because a history may still have the task', async () => {
    const w = await completed([{ id: 'a' }]);
    await w.delete('a');
    const list = () => w.ask((api, reply) => api.tasks.list({}, reply));
    expect(await list()).toEqual({ tasks: [], truncated: false, deleted: ['a'] });
    await w.advance(60_001);
    expect(await list()).toEqual({ tasks: [], truncated: false });
  });

  it('frees its key for a new task, but not its id', async () => {
    const w = await completed([{ id: 'a', idempotencyKey: 'k' }]);
    await w.delete('a');
    expect(await w.trySubmit(aTask({ id: 'a', idempotencyKey: 'k' }))).toMatchObject({
      id: 'a',
      duplicate: true,
    });
    expect(w.kindsOf('a')).toHaveLength(4);
    expect(await w.trySubmit(aTask({ id: 'b', idempotencyKey: 'k' }))).not.toHaveProperty('duplicate');
    await rebuildsTheSame(w);
  });

  it('removes an invalid task as well, also when it comes again', async () => {
    const w = await world();
    const problem = { code: 'INVALID_TASK', message: 'no type' } as const;
    const bad = { problem, id: 'bad', band: 'low', excerpt: '{}' } as const;
    await w.offer(bad);
    expect(await w.delete('bad')).toEqual({ id: 'bad', deleted: true });
    expect(await w.offer(bad)).toEqual([{ error: problem }]);
    expect(w.kindsOf('bad')).toEqual(['rejected', 'deleted']);
    await rebuildsTheSame(w);
  });

  it('removes decisions about the task, not those in which it was a victim', async () => {
    const w = await world({ preemption: DEFAULT_POLICY });
    const worker = await w.worker();
    await w.submit(aTask({ id: 'victim', band: 'low' }));
    await w.advance(1_000);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('victim', { outcome: 'stopped' });
    await worker.complete('urgent');
    await w.cancel('victim');
    const about = async (task: string): Promise<number> =>
      (await w.ask<readonly unknown[]>((api, reply) => api.explanations.decisions({ task }, reply))).length;
    expect(await about('urgent')).toBeGreaterThan(0);
    await w.delete('victim');
    expect(await about('urgent')).toBeGreaterThan(0);
    await w.delete('urgent');
    expect([await about('urgent'), await about('victim')]).toEqual([0, 0]);
  });
});

describe('deleting is refused', () => {
  it.each(['queued', 'running'])('for a task that is %s, with what helps', async (state) => {
    const w = await world();
    if (state === 'running') await w.worker();
    await w.submit(aTask({ id: 'a' }));
    expect(await w.delete('a')).toEqual({
      error: { code: 'TASK_ACTIVE', message: `task a is ${state}: cancel it first`, details: { state } },
    });
    expect(await w.stateOf('a')).toBe(state);
  });

  it('in another namespace, where the task is not found', async () => {
    const w = await completed([{ id: 'a', namespace: 'shop' }]);
    expect(await w.delete('a')).toMatchObject(NOT_FOUND);
    expect(await w.delete('a', { namespace: 'shop' })).toEqual(DONE);
    expect(await w.delete('a')).toMatchObject(NOT_FOUND);
  });

  it('is refused for an unknown task', async () => {
    const w = await world();
    expect(await w.delete('a')).toMatchObject(NOT_FOUND);
    expect(w.kindsOf('a')).toEqual([]);
  });
});

describe('a task that the engine has forgotten', () => {
  const forgotten = () =>
    completed([{ id: 'a', idempotencyKey: 'k' }, { id: 'b' }], {
      recent: { maxTasks: 1, maxBytes: 10_000_000, maxIds: 1_000 },
    });

  it('is accepted from a client that read the namespace of the task in the history', async () => {
    const w = await forgotten();
    expect(await w.delete('a')).toMatchObject({
      error: { code: 'TASK_NOT_FOUND', details: { settled: true } },
    });
    expect(await w.delete('a', { forgotten: true })).toEqual(DONE);
    expect(w.kindsOf('a').at(-1)).toBe('deleted');
    await expect(w.get('a')).rejects.toThrow('task a was deleted');
    // The history knows the namespace of the task, and removes its output.
    expect(w.removedLogs).toEqual([]);
    expect(await w.trySubmit(aTask({ id: 'c', idempotencyKey: 'k' }))).not.toHaveProperty('duplicate');
    await rebuildsTheSame(w);
  });

  it('is not removed by a deletion with a false namespace, also after a restart, and can be deleted then', async () => {
    const w = await forgotten();
    expect(await w.delete('a', { namespace: 'liar', forgotten: true })).toEqual(DONE);
    w.crash();
    await w.restart();
    expect(w.removedLogs).toEqual([]);
    expect(await w.delete('a', { forgotten: true })).toEqual(DONE);
    expect(w.kindsOf('a').slice(-2)).toEqual(['deleted', 'deleted']);
    await rebuildsTheSame(w);
  });

  it('is not removed by a deletion that names another namespace', async () => {
    const w = await completed([{ id: 'a', namespace: 'shop' }]);
    expect(await w.delete('a', { forgotten: true })).toMatchObject(NOT_FOUND);
    expect(await w.stateOf('a')).toBe('completed');
  });
});

describe('the id of a forgotten task', () => {
  const lied = async (): Promise<World> => {
    const w = await world({ recent: { maxTasks: 0, maxBytes: 10_000_000, maxIds: 1_000 } });
    expect(await w.delete('a', { forgotten: true })).toEqual(DONE);
    await expect(w.get('a')).rejects.toThrow('task a was deleted');
    return w;
  };

  it('stays usable when a client falsely claims that it was in a history', async () => {
    const w = await lied();
    expect(await w.trySubmit(aTask({ id: 'a' }))).not.toHaveProperty('duplicate');
    await (await w.worker()).complete('a');
    await expect(w.get('a')).rejects.toThrow('is no longer recent');
    expect((await w.ask((api, reply) => api.tasks.list({}, reply))) as object).not.toHaveProperty('deleted');
    expect(await w.trySubmit(aTask({ id: 'a' }))).toHaveProperty('duplicate', true);
    await rebuildsTheSame(w);
  });

  it('does not prevent the record of an invalid task with this id', async () => {
    const w = await lied();
    const problem = { code: 'INVALID_TASK', message: 'no type' } as const;
    await w.offer({ problem, id: 'a', band: 'low', excerpt: '{}' });
    expect(w.kindsOf('a')).toEqual(['deleted', 'rejected']);
    await expect(w.get('a')).rejects.toThrow('is no longer recent');
    await rebuildsTheSame(w);
  });
});

describe('after a crash right after the commit', () => {
  it('a deleted task stays deleted, and its output is removed in the end', async () => {
    const w = await completed([{ id: 'a' }, { id: 'b' }]);
    w.host.carrier.hold();
    w.send((api, reply) => api.tasks.delete({ id: 'a', namespace: 'default' }, reply));
    await w.settle();
    w.crash(1);
    expect(w.kindsOf('a').at(-1)).toBe('deleted');
    expect(w.removedLogs).toEqual([]);
    await w.restart();
    await expect(w.get('a')).rejects.toThrow('task a was deleted');
    expect((await w.list()).ids).toEqual(['b']);
    expect(w.removedLogs).toEqual(['a']);
  });

  it('a large checkpoint that is not needed any more is removed in the end', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    const step = { kind: 'checkpoint', seq: 1, hash: 'h', version: '1', bytes: 9, ref: 'a/1/0' } as const;
    await w.ask((api, reply) => api.workers.recordStep(worker.session, ['a', 1], step, reply));
    w.host.carrier.hold();
    w.api.workers.report(worker.session, [{ id: 'a', epoch: 1, outcome: 'completed' }], () => undefined);
    await w.settle();
    w.crash(1);
    expect([w.kindsOf('a').at(-1), w.removedBlobs]).toEqual(['settled', []]);
    await w.restart();
    expect(w.removedBlobs).toEqual(['a/1/0']);
  });

  it('a snapshot holds the deletion', async () => {
    const w = await completed([{ id: 'a' }, { id: 'b' }], {
      journal: { ...JOURNAL, snapshotEvery: 1, retentionMs: 3_600_000 },
    });
    await w.delete('a');
    await w.advance(2_000);
    expect(w.events('snapshot.written').length).toBeGreaterThan(0);
    w.crash();
    await w.restart();
    await expect(w.get('a')).rejects.toThrow('task a was deleted');
    expect(await w.delete('a')).toEqual(DONE);
    await rebuildsTheSame(w);
  });
});
