import type { SubmitReply } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { perBand } from './options.ts';
import { aTask, world } from './world.ts';
import type { Answer, World } from './world.ts';

const submitted = (w: World, id: string): Answer<readonly SubmitReply[]> =>
  w.send((api, reply) => api.tasks.submit([{ task: aTask({ id }) }], reply));

describe('before the commit', () => {
  it('no request is answered, no worker gets a signal and no event is published', async () => {
    const w = await world();
    const worker = await w.worker();
    w.host.carrier.hold();
    const submit = submitted(w, 'a');
    const get = w.send((api, reply) => api.tasks.get('a', reply));
    const list = w.send((api, reply) => api.tasks.list({}, reply));
    await w.advance(100);
    expect([submit.all, get.all, list.all, worker.ids, w.feed.events]).toEqual([[], [], [], [], []]);

    w.host.carrier.release();
    await w.settle();
    expect(submit.value).toEqual([{ id: 'a', seq: 3 }]);
    expect(get.all).toHaveLength(1);
    expect(list.all).toHaveLength(1);
    expect(worker.ids).toEqual(['a']);
    expect(w.feed.of('a')).toEqual(['queued', 'started']);
  });

  it('a verdict is reported neither to the worker nor to a client that waits for it', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    const wait = w.send((api, reply) => api.tasks.wait('a', 60_000, reply));
    w.host.carrier.hold();
    const settled = [{ id: 'a', epoch: 1, outcome: 'completed' as const }];
    const report = w.send((api, reply) => api.workers.report(worker.session, settled, reply));
    await w.advance(100);
    expect([report.all, wait.all]).toEqual([[], []]);
    expect(w.feed.of('a')).toEqual(['queued', 'started']);

    w.host.carrier.release();
    await w.settle();
    expect(report.all).toEqual([[]]);
    expect(wait.all).toMatchObject([{ state: 'completed' }]);
  });

  it('no client learns the verdict of a task, not even by a request to cancel it', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    w.host.carrier.hold();
    const settled = [{ id: 'a', epoch: 1, outcome: 'completed' as const }];
    w.send((api, reply) => api.workers.report(worker.session, settled, reply));
    const cancel = w.send((api, reply) => api.tasks.cancel({ id: 'a', reason: 'late' }, reply));
    await w.advance(100);
    expect(cancel.all).toEqual([]);
    w.host.carrier.release();
    await w.settle();
    expect(cancel.all).toMatchObject([{ error: { code: 'TASK_SETTLED' } }]);
  });

  it('a running task gets no order to stop', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    w.host.carrier.hold();
    const cancel = w.send((api, reply) => api.tasks.cancel({ id: 'a', reason: 'no' }, reply));
    await w.advance(100);
    expect([worker.stops, cancel.all]).toEqual([[], []]);
    w.host.carrier.release();
    await w.settle();
    expect(worker.stops).toEqual(['a cancelled 2000']);
    expect(cancel.all).toMatchObject([{ state: 'running', stopping: 'cancel' }]);
  });
});

describe('the group commit', () => {
  it('makes one entry of everything that arrives in one turn', async () => {
    const w = await world();
    const before = w.journal.last;
    const answers = ['a', 'b', 'c'].map((id) => submitted(w, id));
    await w.settle();
    expect(w.journal.last).toBe(before + 1);
    expect(answers.map(({ value }) => value)).toEqual([
      [{ id: 'a', seq: before + 1 }],
      [{ id: 'b', seq: before + 1 }],
      [{ id: 'c', seq: before + 1 }],
    ]);
  });

  it('has at most two entries in flight, and collects the rest', async () => {
    const w = await world();
    const before = w.journal.last;
    w.host.carrier.hold();
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      submitted(w, id);
      await w.settle();
    }
    expect(w.host.carrier.held).toBe(2);
    w.host.carrier.release();
    await w.settle();
    const entries = w.records().filter(({ seq }) => seq > before);
    expect(entries.map((record) => [record.seq - before, 'id' in record && record.id])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [3, 'd'],
      [3, 'e'],
    ]);
  });

  it('answers requests in their order', async () => {
    const w = await world();
    const order: string[] = [];
    for (const id of ['a', 'b', 'c']) {
      w.api.tasks.submit([{ task: aTask({ id }) }], () => order.push(`submit ${id}`));
      w.api.tasks.get(id, () => order.push(`get ${id}`));
    }
    await w.settle();
    expect(order).toEqual(['submit a', 'get a', 'submit b', 'get b', 'submit c', 'get c']);
  });

  it('sends a worker the leases of one entry in one message', async () => {
    const w = await world();
    const batches: number[] = [];
    const worker = await w.worker({ slots: 5 });
    w.link.attach(worker.session, { assign: (leases) => void batches.push(leases.length) });
    for (const id of ['a', 'b', 'c']) submitted(w, id);
    await w.settle();
    expect(batches).toEqual([3]);
  });

  it.each([
    ['ASCII', 'x'],
    ['characters of three bytes', '更'],
    ['characters of four bytes', '🦕'],
  ])('writes no entry that the journal cannot take: %s', async (_, character) => {
    const w = await world({ limits: perBand(() => ({ maxWaiting: 100, maxWaitingBytes: 100_000_000 })) });
    const payload = character.repeat(250_000 / Buffer.byteLength(character));
    const answers = Array.from({ length: 12 }, (_unused, i) =>
      w.send((api, reply) => api.tasks.submit([{ task: aTask({ id: `t${i}`, payload }) }], reply)),
    );
    await w.advance(1_000);
    expect(answers.map(({ all }) => all.length)).toEqual(answers.map(() => 1));
    const largest = Math.max(...w.journal.entries.map(({ text }) => Buffer.byteLength(text)));
    expect(largest).toBeLessThanOrEqual(w.host.journal.maxEntryBytes);
  });

  it('does not start with a journal whose entries may be too small', async () => {
    const w = await world({ started: false });
    const host = w.make('e1', {}, { maxEntryBytes: 300_000 });
    await expect(host.engine.start()).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(host.engine.state).toBe('error');
  });
});
