import { hash53 } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { JOURNAL, perBand } from './options.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const error = (code: string) => ({ error: { code } });

describe('a submission', () => {
  it('is queued with its sequence in the journal', async () => {
    const w = await world();
    expect(await w.trySubmit(aTask({ id: 'a' }))).toEqual({ id: 'a', seq: 3 });
    expect(await w.get('a')).toMatchObject({
      id: 'a',
      state: 'queued',
      attempt: 0,
      type: 'report',
      band: 'normal',
    });
    expect(w.feed.of('a')).toEqual(['queued']);
  });

  it('gets an id when neither the task nor its ingress has one', async () => {
    const w = await world();
    const ids = await w.submit(aTask(), aTask());
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it('uses the id that its ingress derives, and the band of its ingress', async () => {
    const w = await world();
    const [answer] = await w.offer({ task: aTask(), id: 'drop-7', band: 'low' });
    expect(answer).toMatchObject({ id: 'drop-7' });
    expect(await w.get('drop-7')).toMatchObject({ band: 'low' });
  });

  it('prefers its own id and band to those of the ingress', async () => {
    const w = await world();
    const [answer] = await w.offer({ task: aTask({ id: 'a', band: 'high' }), id: 'drop-7', band: 'low' });
    expect(answer).toMatchObject({ id: 'a' });
    expect(await w.get('a')).toMatchObject({ band: 'high' });
  });

  it('of several tasks is answered task by task, and an invalid one does not affect the others', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    const answers = await w.offer(
      { task: aTask({ id: 'a', payload: 'another' }) },
      { task: aTask({ id: 'b' }) },
    );
    expect(answers).toMatchObject([error('TASK_EXISTS'), { id: 'b' }]);
  });

  it('of no tasks is answered with an empty list', async () => {
    const w = await world();
    expect(await w.offer()).toEqual([]);
  });
});

describe('an id that was seen before', () => {
  it('is the same task again while it is open, and is not journaled twice', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    expect(await w.trySubmit(aTask({ id: 'a' }))).toMatchObject({ id: 'a', duplicate: true });
    expect(w.kindsOf('a')).toEqual(['submitted']);
  });

  it('is the same task again within one submission', async () => {
    const w = await world();
    const answers = await w.offer({ task: aTask({ id: 'a' }) }, { task: aTask({ id: 'a' }) });
    expect(answers).toEqual([
      { id: 'a', seq: 3 },
      { id: 'a', seq: 3, duplicate: true },
    ]);
    expect(w.kindsOf('a')).toEqual(['submitted']);
  });

  it('is the same task again after its verdict, which does not change', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.complete('a');
    expect(await w.trySubmit(aTask({ id: 'a' }))).toMatchObject({ duplicate: true });
    expect(worker.ids).toEqual(['a']);
  });

  it('is still known when the task itself was forgotten', async () => {
    const w = await world({ recent: { maxTasks: 0, maxBytes: 1_000, maxIds: 100 } });
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.complete('a');
    await expect(w.get('a')).rejects.toThrow('TASK_NOT_FOUND: task a was settled and is no longer recent');
    expect(await w.trySubmit(aTask({ id: 'a' }))).toMatchObject({ id: 'a', duplicate: true });
    expect(worker.ids).toEqual(['a']);
  });

  it.each([
    ['another payload', { payload: { n: 2 } }],
    ['another type', { type: 'import' }],
    ['another band', { band: 'high' as const }],
    ['another limit', { timeouts: { attempt: 1 } }],
  ])('is refused with %s', async (_, other) => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    expect(await w.trySubmit(aTask({ id: 'a', ...other }))).toMatchObject(error('TASK_EXISTS'));
  });

  it('is the same task again when only its trace is another one', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a', traceparent: '00-1-1-01' }));
    expect(await w.trySubmit(aTask({ id: 'a', traceparent: '00-2-2-01' }))).toMatchObject({
      duplicate: true,
    });
  });

  it('is the same task again after a restart', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a', timeouts: { attempt: 5 }, payload: { '10': 1, '2': 2, b: [null] } }));
    w.crash();
    await w.restart();
    const same = aTask({ id: 'a', timeouts: { attempt: 5 }, payload: { '10': 1, '2': 2, b: [null] } });
    expect(await w.trySubmit(same)).toMatchObject({ duplicate: true });
  });
});

describe('an idempotency key', () => {
  it('belongs to the same task in whatever order its labels, its variables and its payload are written', async () => {
    const w = await world();
    const one = {
      labels: { b: '1', a: '2' },
      env: { Y: '1', X: '2' },
      payload: { z: { 2: 1, b: 1 }, a: [1] },
    };
    const two = {
      payload: { a: [1], z: { b: 1, 2: 1 } },
      env: { X: '2', Y: '1' },
      labels: { a: '2', b: '1' },
    };
    const [id] = await w.submit(aTask({ idempotencyKey: 'k', ...one }));
    expect(await w.trySubmit(aTask({ idempotencyKey: 'k', ...two }))).toMatchObject({ id, duplicate: true });
    const other = { ...two, payload: { a: [1], z: { b: 1, 2: 2 } } };
    expect(await w.trySubmit(aTask({ idempotencyKey: 'k', ...other }))).toMatchObject(
      error('IDEMPOTENCY_CONFLICT'),
    );
    // An id is looked at in the same way.
    const [named] = await w.submit(aTask({ id: 'n', ...one }));
    expect(await w.trySubmit(aTask({ id: 'n', ...two }))).toMatchObject({ id: named, duplicate: true });
    expect(await w.trySubmit(aTask({ id: 'n', ...other }))).toMatchObject(error('TASK_EXISTS'));
  });

  it('of an older snapshot is recognised by the hash that it stored', async () => {
    const w = await world();
    const task = aTask({ idempotencyKey: 'k', payload: { b: 1, a: 2 } });
    const [id] = await w.submit(task);
    const keys = w.engine.cell?.state.keys;
    const row = w.engine.cell?.state.table.get(id ?? '');
    const entry = keys?.get('default', 'k', w.now);
    if (!keys || !row || !entry) throw new Error('the key is not there');
    keys.set('default', 'k', { ...entry, hash: hash53(JSON.stringify(row.class) + row.body) });
    expect(await w.trySubmit(task)).toMatchObject({ id, duplicate: true });
  });

  it('leads to the task that was submitted with it', async () => {
    const w = await world();
    const [id] = await w.submit(aTask({ idempotencyKey: 'k' }));
    expect(await w.trySubmit(aTask({ idempotencyKey: 'k' }))).toMatchObject({ id, duplicate: true });
  });

  it('conflicts with another body, another type and another band', async () => {
    const w = await world();
    const [id] = await w.submit(aTask({ idempotencyKey: 'k' }));
    for (const other of [{ payload: 2 }, { type: 'import' }, { band: 'high' as const }]) {
      const answer = await w.trySubmit(aTask({ idempotencyKey: 'k', ...other }));
      expect(answer).toMatchObject({ error: { code: 'IDEMPOTENCY_CONFLICT', details: { id } } });
    }
  });

  it('matches despite another trace, but not with a payload field that looks like a trace', async () => {
    const w = await world();
    await w.submit(aTask({ idempotencyKey: 'k', payload: { traceparent: 'x' }, traceparent: '00-1-1-01' }));
    const again = aTask({ idempotencyKey: 'k', payload: { traceparent: 'x' }, traceparent: '00-2-2-01' });
    expect(await w.trySubmit(again)).toMatchObject({ duplicate: true });
    const other = aTask({ idempotencyKey: 'k', payload: { traceparent: 'y' }, traceparent: '00-1-1-01' });
    expect(await w.trySubmit(other)).toMatchObject(error('IDEMPOTENCY_CONFLICT'));
  });

  it('belongs to its namespace', async () => {
    const w = await world();
    const [one] = await w.submit(aTask({ idempotencyKey: 'k' }));
    const [other] = await w.submit(aTask({ idempotencyKey: 'k', namespace: 'second' }));
    expect(other).not.toBe(one);
  });

  it('outlives the verdict, and is free again after its retention', async () => {
    const w = await world({ idempotency: { retentionMs: 5_000, maxKeys: 100 } });
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ idempotencyKey: 'k' }));
    await worker.complete(id);
    await w.advance(4_999);
    expect(await w.trySubmit(aTask({ idempotencyKey: 'k' }))).toMatchObject({ id, duplicate: true });
    await w.advance(1);
    const later = await w.trySubmit(aTask({ idempotencyKey: 'k', payload: 'another' }));
    expect(later).not.toMatchObject({ duplicate: true });
    expect(later).toMatchObject({ id: expect.not.stringContaining(id) as string });
  });

  it('is forgotten before its retention when there are too many', async () => {
    const w = await world({ idempotency: { retentionMs: 5_000, maxKeys: 2 } });
    const keys = (key: string) => aTask({ idempotencyKey: key });
    const [first] = await w.submit(keys('k1'), keys('k2'), keys('k3'));
    const [again] = await w.submit(keys('k1'));
    expect(again).not.toBe(first);
  });

  it.each(['journal', 'snapshot'])('is kept over a restart from the %s', async (from) => {
    const w = await world(from === 'snapshot' ? { journal: { ...JOURNAL, snapshotEvery: 1 } } : {});
    const [id] = await w.submit(aTask({ idempotencyKey: 'k' }));
    await w.advance(3_000);
    expect(w.events('snapshot.written').length > 0).toBe(from === 'snapshot');
    w.crash();
    await w.restart();
    expect(await w.trySubmit(aTask({ idempotencyKey: 'k' }))).toMatchObject({ id, duplicate: true });
    const other = await w.trySubmit(aTask({ idempotencyKey: 'k', payload: 'another' }));
    expect(other).toMatchObject(error('IDEMPOTENCY_CONFLICT'));
  });
});

describe('expiresAt', () => {
  it('in the past is refused', async () => {
    const w = await world();
    expect(await w.trySubmit(aTask({ expiresAt: w.now }))).toMatchObject(error('EXPIRED'));
    expect(await w.trySubmit(aTask({ expiresAt: w.now + 1 }))).toHaveProperty('id');
  });

  it('settles a task that was not started by then', async () => {
    const w = await world();
    const [id = ''] = await w.submit(aTask({ expiresAt: w.now + 5_000 }));
    await w.advance(4_990);
    expect(await w.stateOf(id)).toBe('queued');
    await w.advance(20);
    expect(await w.get(id)).toMatchObject({ state: 'timed_out', ...error('EXPIRED') });
    const worker = await w.worker();
    expect(worker.ids).toEqual([]);
  });

  it('does not touch a task that has started once, not even when it waits for a retry', async () => {
    const w = await world();
    const worker = await w.worker();
    const [id = ''] = await w.submit(aTask({ expiresAt: w.now + 500 }));
    await worker.fail(id);
    await w.advance(999);
    expect(await w.stateOf(id)).toBe('retrying');
    await w.advance(20);
    expect(await w.stateOf(id)).toBe('running');
  });
});

describe('a full band', () => {
  const full = async (): Promise<World> => {
    const w = await world({
      limits: { ...perBand(() => ROOM), low: { maxWaiting: 2, maxWaitingBytes: 1_000_000 } },
    });
    await w.submit(low('a'), low('b'));
    return w;
  };
  const ROOM = { maxWaiting: 1_000, maxWaitingBytes: 1_000_000 };
  const low = (id: string) => aTask({ id, band: 'low' });

  it('refuses the next task with the time after which to try again', async () => {
    const w = await full();
    const answer = await w.trySubmit(low('c'));
    expect(answer).toEqual({
      error: { code: 'QUEUE_FULL', message: 'band low holds 2 of 2 waiting tasks', retryAfterMs: 1_000 },
    });
    expect(w.events('ingress.refused')).toEqual([
      { name: 'ingress.refused', band: 'low', code: 'QUEUE_FULL', count: 1 },
    ]);
    expect(w.kindsOf('c')).toEqual([]);
  });

  it('recognises a known task although it is full', async () => {
    const w = await full();
    expect(await w.trySubmit(low('a'))).toMatchObject({ duplicate: true });
  });

  it('can become full within one submission', async () => {
    const w = await world({ limits: perBand(() => ({ maxWaiting: 1, maxWaitingBytes: 1_000_000 })) });
    const answers = await w.offer({ task: low('a') }, { task: low('b') });
    expect(answers).toMatchObject([{ id: 'a' }, error('QUEUE_FULL')]);
  });

  it('leaves the other bands alone', async () => {
    const w = await full();
    expect(await w.trySubmit(aTask({ band: 'normal' }))).toHaveProperty('id');
  });

  it('accepts again when a task has started, and reports its room', async () => {
    const w = await full();
    expect([w.api.tasks.room('low'), w.api.tasks.room('high')]).toEqual([0, 1_000]);
    await w.worker();
    expect(w.api.tasks.room('low')).toBe(1);
    expect(await w.trySubmit(low('c'))).toHaveProperty('id');
  });

  it('names a shorter time when it drains faster', async () => {
    const w = await full();
    const worker = await w.worker({ slots: 2 });
    await worker.complete('a');
    await worker.complete('b');
    await w.submit(...Array.from({ length: 4 }, (_, i) => aTask({ id: `n${i}` })));
    for (const id of ['n0', 'n1', 'n2', 'n3']) await worker.complete(id);
    await w.advance(1_000);
    worker.disconnect();
    await worker.bye();
    await w.submit(low('c'), low('d'));
    const answer = await w.trySubmit(low('e'));
    expect(answer).toMatchObject({ error: { retryAfterMs: 167 } });
  });

  it('is also full by bytes', async () => {
    const w = await world({ limits: perBand(() => ({ maxWaiting: 10, maxWaitingBytes: 2_000 })) });
    const large = aTask({ payload: 'x'.repeat(2_000) });
    await w.submit(large);
    expect(await w.trySubmit(aTask())).toMatchObject({
      error: { code: 'QUEUE_FULL', message: expect.stringMatching(/holds \d+ of 2000 bytes/) as string },
    });
    expect(w.api.tasks.room('normal')).toBe(0);
    await w.worker();
    expect(await w.trySubmit(aTask())).toHaveProperty('id');
  });
});

describe('a journal that falls behind', () => {
  it('refuses submissions before memory runs out, and accepts them again later', async () => {
    const w = await world({ journal: { ...JOURNAL, backlogMax: 1_000 } });
    w.host.carrier.hold();
    const first = w.send((api, reply) =>
      api.tasks.submit([{ task: aTask({ payload: 'x'.repeat(1_000) }) }], reply),
    );
    const refused = await w.trySubmit(aTask({ id: 'b' }));
    expect(refused).toMatchObject({ error: { code: 'JOURNAL_UNAVAILABLE', retryAfterMs: 1_000 } });
    expect(w.api.tasks.room('normal')).toBe(0);
    w.host.carrier.release();
    await w.settle();
    expect(first.all).toHaveLength(1);
    expect(await w.trySubmit(aTask({ id: 'b' }))).toMatchObject({ id: 'b' });
  });
});

describe('an invalid message', () => {
  const problem = { code: 'INVALID_TASK' as const, message: 'it is no JSON' };
  const bad = { problem, id: 'bad', band: 'low' as const, excerpt: '{"ty' };

  it('is recorded with its reason, and published', async () => {
    const w = await world();
    expect(await w.offer(bad)).toEqual([{ error: problem }]);
    expect(await w.get('bad')).toMatchObject({
      state: 'rejected',
      error: problem,
      type: 'unknown',
      band: 'low',
    });
    expect(w.feed.of('bad')).toEqual(['rejected']);
    expect((await w.status()).settled.rejected).toBe(1);
  });

  it('is recorded once, however often it comes', async () => {
    const w = await world();
    await w.offer(bad, bad);
    await w.offer(bad);
    expect(w.kindsOf('bad')).toEqual(['rejected']);
  });

  it('is still there after a restart', async () => {
    const w = await world();
    await w.offer(bad);
    w.crash();
    await w.restart();
    expect(await w.get('bad')).toMatchObject({ state: 'rejected', error: problem });
  });
});
