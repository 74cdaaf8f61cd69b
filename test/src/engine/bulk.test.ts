import { BULK_TYPE } from '@precedent/contract-types';
import type { BulkPayload, HistoryListRequest } from '@precedent/contract-types';
import { BulkOperations } from '@precedent/engine';
import type { BulkParts } from '@precedent/engine';
import { AppError } from '@precedent/kernel';
import { OPEN_CALLER } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { aBulk, act, codeOf, leaseOf, preview, soon, start, waiting } from './bulk-world.ts';
import { aTask, world } from './world.ts';

const HOUR = 3_600_000;
const ID = /^[0-9a-f-]{36}$/;

describe('a preview', () => {
  it('counts the tasks of the filter, shows some, and does nothing to them', async () => {
    const w = await world();
    await waiting(w, 30);
    await w.submit(aTask({ id: 'other', type: 'other' }), aTask({ id: 'low', type: 'wait', band: 'low' }));
    const of = aBulk(w);
    const found = await preview(w, of, { filter: { type: ['wait'], band: ['normal'] } });
    expect(found).toMatchObject({ action: 'cancel', count: 30, expiresAt: w.now + HOUR });
    expect(found.sample).toHaveLength(20);
    expect(found.sample[0]).toEqual({
      id: 't0',
      project: 'default',
      type: 'wait',
      band: 'normal',
      state: 'queued',
      submittedAt: w.now,
    });
    expect(found.seq).toBe(w.journal.entries.at(-1)?.seq);
    expect((await w.list({ state: ['queued'] })).ids).toHaveLength(32);
    expect(await of.sets.list('')).toHaveLength(1);
  });

  it('gives no token when it finds nothing', async () => {
    const w = await world();
    const of = aBulk(w);
    expect(await preview(w, of)).toEqual({ action: 'cancel', count: 0, seq: expect.any(Number), sample: [] });
    expect(await of.sets.list('')).toEqual([]);
  });

  it.each([
    ['cancel', 'completed', 'waiting, queued, running, preempted, retrying'],
    ['delete', 'queued', 'completed, failed, cancelled, timed_out, skipped, rejected'],
  ] as const)('refuses to %s tasks that are %s', async (action, state, expected) => {
    const w = await world();
    const refused = preview(w, aBulk(w), { action, filter: { state: [state] } });
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: `filter.state: expected one of ${expected} to ${action}, got ${state}`,
    });
  });

  it('is of one namespace', async () => {
    const w = await world();
    await waiting(w, 2);
    await w.submit(aTask({ id: 'beta', namespace: 'beta' }));
    expect(await preview(w, aBulk(w))).toMatchObject({ count: 2 });
    expect(await preview(w, aBulk(w), { namespace: 'beta' })).toMatchObject({ count: 1 });
  });

  it('finds settled tasks in the engine and in the history, each once, up to one position', async () => {
    const w = await world();
    const worker = await w.worker({ types: ['report'] });
    await w.submit(aTask({ id: 'recent' }), aTask({ id: 'open' }));
    await worker.complete('recent');
    const at = { namespace: 'default', project: 'default', submittedAt: 1, settledAt: w.now };
    const of = aBulk(w, {
      forgotten: [
        { id: 'old', ...at },
        { id: 'recent', ...at },
        { id: 'later', ...at, settledAt: w.now + 1 },
        { id: 'oldest', ...at },
      ],
    });
    const found = await preview(w, of, { action: 'delete', filter: { type: ['report'] } });
    expect(found).toMatchObject({ count: 3, sample: [{ id: 'recent' }, { id: 'old' }, { id: 'oldest' }] });
    expect(of.requests[0]).toMatchObject({
      namespace: 'default',
      type: ['report'],
      state: ['completed', 'failed', 'cancelled', 'timed_out', 'skipped', 'rejected'],
    });
  });

  it('asks the history for no more than that looks for', async () => {
    const w = await world();
    const at = { namespace: 'default', project: 'default', submittedAt: 1, settledAt: w.now };
    const error = { code: 'HANDLER_FAILED', message: 'it threw' } as const;
    const of = aBulk(w, {
      forgotten: [
        { id: 'a', ...at, error },
        { id: 'b', ...at, error },
        { id: 'c', ...at },
      ],
    });
    const filter = { ids: ['a', 'c'], errorCode: ['HANDLER_FAILED'] };
    expect((await preview(w, of, { action: 'delete', filter })).sample).toMatchObject([{ id: 'a' }]);
    expect(of.requests[0]).not.toHaveProperty('ids');
    expect(of.requests[0]).not.toHaveProperty('errorCode');
  });

  it('reads smaller pages when the answer of the history is too large', async () => {
    const w = await world();
    const limits: unknown[] = [];
    const { engine, sets, settled, ...parts } = aBulk(w);
    const list = async ({ limit = 0 }: HistoryListRequest) => {
      limits.push(limit);
      if (limit > 10) throw new AppError('INVALID_REQUEST', 'request less with a smaller limit');
      return { tasks: [], freshness: {} as never };
    };
    const bulk = new BulkOperations({ ...parts, engine, sets, settled: { ...settled, list } });
    await soon(w, bulk.preview({ action: 'delete' }, OPEN_CALLER));
    expect(limits).toEqual([500, 125, 32, 8]);
  });

  it('names the limit when it finds more', async () => {
    const w = await world({ limits: undefined as never });
    const { engine, ...parts } = aBulk(w);
    const select: BulkParts['engine']['select'] = (_, reply) =>
      reply({ ids: [], count: 100_001, sample: [], seq: 1, at: w.now });
    const bulk = new BulkOperations({ ...parts, engine: { ...engine, tasks: w.api.tasks, select } });
    await expect(soon(w, bulk.preview({ action: 'cancel' }, OPEN_CALLER))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      extras: { details: { count: 100_001, limit: 100_000 } },
    });
  });

  it('removes what was never started, keeps what its task needs, and refuses too many', async () => {
    const w = await world();
    await waiting(w, 1, { timeouts: { queue: 0, total: 0 } });
    const of = aBulk(w);
    const { id } = await start(w, of);
    await preview(w, of);
    await w.advance(HOUR);
    await preview(w, of);
    const names = (await of.sets.list('')).map(({ name }) => name);
    expect(names).toHaveLength(2);
    expect(names).toContain(id);
    const codes: string[] = [];
    for (let n = 0; n <= 200; n++) codes.push(await codeOf(w, preview(w, of)));
    expect(codes.filter((code) => code === 'answered').length).toBeLessThanOrEqual(200 - 1);
    expect(codes.at(-1)).toBe('QUEUE_FULL');
  });
});

describe('a token', () => {
  it('starts one task of the low band, however often it is used', async () => {
    const w = await world();
    await waiting(w, 2);
    const of = aBulk(w);
    const { token = '' } = await preview(w, of);
    const [one, two] = [of.bulk.start(token, OPEN_CALLER), of.bulk.start(token, OPEN_CALLER)];
    const task = await soon(w, one);
    expect(task).toMatchObject({ type: BULK_TYPE, band: 'low', state: 'queued', name: 'cancel 2 tasks' });
    expect(task.id).toMatch(ID);
    expect(await soon(w, two)).toEqual(task);
    await w.advance(2 * HOUR);
    expect(await soon(w, of.bulk.start(token, OPEN_CALLER))).toMatchObject({ id: task.id });
    expect(w.kindsOf(task.id).filter((kind) => kind === 'submitted')).toHaveLength(1);
  });

  it('starts it after a restart of everything, and not when it is too old', async () => {
    const w = await world();
    await waiting(w, 1);
    const before = aBulk(w);
    const { sets } = before;
    const { token = '' } = await preview(w, before);
    w.crash();
    await w.restart();
    const again = aBulk(w, { sets });
    await w.advance(HOUR - 1);
    expect(await soon(w, again.bulk.start(token, OPEN_CALLER))).toMatchObject({ state: 'queued' });
    const late = await preview(w, again);
    await w.advance(HOUR);
    expect(await codeOf(w, again.bulk.start(late.token ?? '', OPEN_CALLER))).toBe('EXPIRED');
  });

  it('is refused when it, or what it is for, was changed', async () => {
    const w = await world();
    await waiting(w, 1);
    const of = aBulk(w);
    const { token = '' } = await preview(w, of);
    const [id = '', digest = ''] = token.split('.');
    const other = `${crypto.randomUUID()}.${digest}`;
    for (const wrong of ['', 'none', id, `${id}.`, `${token}x`, `${id}.${digest.toLowerCase()}`, other])
      expect(await codeOf(w, of.bulk.start(wrong, OPEN_CALLER)), wrong).toBe('INVALID_REQUEST');
    const content = Buffer.from((await of.sets.get(id)) ?? []).toString();
    await of.sets.put(id, Buffer.from(content.replace('t0', 't1')));
    expect(await codeOf(w, of.bulk.start(token, OPEN_CALLER))).toBe('INVALID_REQUEST');
  });
});

describe('the task of a set', () => {
  it('cancels each, and says which were so before or settled meanwhile', async () => {
    const w = await world();
    const worker = await w.worker({ types: [BULK_TYPE, 'report'], slots: 2 });
    await waiting(w, 3);
    await w.submit(aTask({ id: 'runs' }));
    const of = aBulk(w);
    const { id } = await start(w, of);
    await w.cancel('t0');
    await worker.complete('runs');
    expect(await act(w, of, { worker, id })).toEqual({ done: 2, already: 2, refused: [] });
    expect(await w.get('t1')).toMatchObject({
      state: 'cancelled',
      error: { message: `cancelled: bulk ${id}` },
    });
    // A worker that died before it knew the answer sends it again.
    expect(await act(w, of, { worker, id })).toEqual({ done: 2, already: 2, refused: [] });
  });

  it('counts as over what was settled meanwhile and is forgotten, or deleted', async () => {
    const w = await world({ recent: { maxTasks: 1, maxBytes: 1e9, maxIds: 100 } });
    const worker = await w.worker({ types: [BULK_TYPE] });
    await waiting(w, 3);
    const of = aBulk(w);
    const { id } = await start(w, of);
    for (const task of ['t0', 't1', 't2']) await w.cancel(task);
    await w.delete('t2');
    await expect(w.get('t0')).rejects.toThrow('no longer recent');
    expect(await act(w, of, { worker, id })).toEqual({ done: 0, already: 3, refused: [] });
  });

  it('stops the code of tasks that run', async () => {
    const w = await world();
    const worker = await w.worker({ types: [BULK_TYPE, 'report'], slots: 2 });
    await w.submit(aTask({ id: 'runs' }));
    const of = aBulk(w);
    const { id } = await start(w, of);
    expect(await act(w, of, { worker, id })).toMatchObject({ done: 1 });
    expect(worker.stops).toEqual([expect.stringContaining('runs cancelled')]);
  });

  it('deletes settled tasks, also those that only the history knows', async () => {
    const w = await world();
    const worker = await w.worker({ types: [BULK_TYPE, 'report'], slots: 3 });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    for (const id of ['a', 'b']) await worker.complete(id);
    const at = { namespace: 'default', project: 'default', submittedAt: 1, settledAt: 2 };
    const of = aBulk(w, { forgotten: [{ id: 'old', ...at }] });
    const { id } = await start(w, of, { action: 'delete' });
    await w.delete('b');
    expect(await act(w, of, { worker, id })).toEqual({ done: 2, already: 1, refused: [] });
    await expect(w.get('a')).rejects.toThrow('was deleted');
    expect(w.kindsOf('old')).toEqual(['deleted']);
  });

  it('acts on pieces of its own set only, and only for who holds its lease', async () => {
    const w = await world();
    await waiting(w, 2);
    const of = aBulk(w);
    const { id } = await start(w, of);
    const worker = await w.worker({ types: [BULK_TYPE, 'report'], slots: 2 });
    const ids = ['t0', 't1'];
    const by = (session: string, lease: readonly [string, number], piece: { index: number; ids: string[] }) =>
      soon(w, of.bulk.act(session, lease, piece));
    const lease = leaseOf(worker, id);
    expect(await by('other', lease, { index: 0, ids })).toMatchObject({ error: { code: 'STALE_EPOCH' } });
    expect(await by(worker.session, [id, 7], { index: 0, ids })).toMatchObject({
      error: { code: 'STALE_EPOCH' },
    });
    for (const piece of [
      { index: 1, ids },
      { index: 0, ids: ['t0'] },
      { index: 0, ids: ['t1', 't0'] },
    ])
      expect(await by(worker.session, lease, piece)).toMatchObject({ error: { code: 'INTEGRITY_FAILED' } });
    await w.submit(aTask({ id: 'mine', payload: { action: 'cancel', pieces: [] } }));
    expect(await by(worker.session, leaseOf(worker, 'mine'), { index: 0, ids })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    expect(await w.stateOf('t0')).toBe('queued');
  });

  it('has a piece that cannot be written now sent again', async () => {
    const w = await world();
    await waiting(w, 1);
    const worker = await w.worker({ types: [BULK_TYPE] });
    const of = aBulk(w, {
      record: () => Promise.reject(new AppError('AUDIT_UNAVAILABLE', 'the trail is full')),
    });
    const { id } = await start(w, of);
    expect(await act(w, of, { worker, id })).toMatchObject({ error: { code: 'AUDIT_UNAVAILABLE' } });
    expect(await w.stateOf('t0')).toBe('queued');
  });

  it('has a piece sent again while the history is away', async () => {
    const w = await world();
    const worker = await w.worker({ types: [BULK_TYPE] });
    const at = { namespace: 'default', project: 'default', submittedAt: 1, settledAt: 2 };
    const { settled, ...parts } = aBulk(w, { forgotten: [{ id: 'old', ...at }] });
    const problem = { code: 'HISTORY_UNAVAILABLE', message: 'no history answers' } as const;
    const bulk = new BulkOperations({
      ...parts,
      settled: { ...settled, deletionProblem: async () => problem },
    });
    const { id } = await start(w, { ...parts, settled, bulk }, { action: 'delete' });
    expect(await act(w, { ...parts, bulk }, { worker, id })).toEqual({
      error: expect.objectContaining(problem),
    });
  });

  it('goes on with another engine and another worker', async () => {
    const w = await world();
    await waiting(w, 600);
    const worker = await w.worker({ types: [BULK_TYPE] });
    const before = aBulk(w);
    const { id } = await start(w, before);
    expect(await act(w, before, { worker, id })).toMatchObject({ done: 500 });
    worker.disconnect();
    w.crash();
    await w.restart();
    const next = await w.worker({ worker: 'w2', types: [BULK_TYPE] });
    await w.advance(30_000);
    const again = aBulk(w, { sets: before.sets });
    expect(await act(w, again, { worker: next, id })).toEqual({ done: 500, already: 0, refused: [] });
    expect(await act(w, again, { worker: next, id, index: 1 })).toEqual({
      done: 100,
      already: 0,
      refused: [],
    });
    await next.complete(id, {});
    expect(await w.list({ state: ['queued'] })).toMatchObject({ ids: [] });
  });
});

it('the payload of a bulk task names its set and the digest of each piece', async () => {
  const w = await world();
  await waiting(w, 501);
  const { id } = await start(w, aBulk(w));
  const worker = await w.worker({ types: [BULK_TYPE] });
  const payload = worker.assigned[0]?.body;
  expect(JSON.parse(String(payload))).toMatchObject({
    payload: { action: 'cancel', set: id, total: 501 } satisfies Partial<BulkPayload>,
  });
});
