import type { BulkPieceReply, BulkPreviewRequest } from '@precedent/contract-types';
import { OPEN_CALLER, redriveIdOf } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { aBulk, act, codeOf, leaseOf, preview, soon, start } from './bulk-world.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const failing = async (w: World, count: number) => {
  const worker = await w.worker({ types: ['job'], slots: count });
  const ids = Array.from({ length: count }, (_, n) => `t${n}`);
  await w.submit(...ids.map((id) => aTask({ id, type: 'job', retry: { max: 0 } })));
  for (const id of ids) await worker.fail(id);
  return { worker, ids };
};

const retryAll = (of: ReturnType<typeof aBulk>, w: World, more: Partial<BulkPreviewRequest> = {}) =>
  start(w, of, { action: 'retry', filter: { type: ['job'] }, ...more });

describe('many tasks that are run again', () => {
  it('are those that failed or timed out and were not run again, unless the filter names others', async () => {
    const w = await world();
    const { worker } = await failing(w, 3);
    await w.submit(aTask({ id: 'off', type: 'job', pool: 'nowhere' }), aTask({ id: 'good', type: 'job' }));
    await w.cancel('off');
    await worker.complete('good');
    await w.retry('t1');
    const of = aBulk(w);
    const idsOf = async (filter: BulkPreviewRequest['filter']) => {
      const { sample } = await preview(w, of, { action: 'retry', ...(filter && { filter }) });
      return sample.map(({ id }) => id);
    };
    expect(await idsOf(undefined)).toEqual(['t0', 't2']);
    expect(await idsOf({ state: ['cancelled'] })).toEqual(['off']);
    expect(await idsOf({ ids: ['t2', 'good'] })).toEqual(['t2']);
    expect(await idsOf({ errorCode: ['HANDLER_FAILED'], ids: ['t0'] })).toEqual(['t0']);
    expect(await idsOf({ errorCode: ['WORKER_LOST'] })).toEqual([]);
    await expect(preview(w, of, { action: 'retry', filter: { state: ['completed'] } })).rejects.toMatchObject(
      {
        message:
          'filter.state: expected one of failed, timed_out, cancelled, skipped to retry, got completed',
      },
    );
    const wrong = of.bulk.preview({ action: 'cancel', run: { first: 1 } }, OPEN_CALLER);
    await expect(soon(w, wrong)).rejects.toMatchObject({ message: 'run: is for retry only, not for cancel' });
  });

  it('are submitted once, however often a piece is sent, with the edit, and name the bulk task', async () => {
    const w = await world();
    const { ids } = await failing(w, 3);
    const of = aBulk(w);
    const bulkWorker = await w.worker({ worker: 'b', types: ['system.bulk'] });
    const { id } = await retryAll(of, w, { run: { edit: { payload: { n: 2 } } } });
    await w.settle();
    await w.retry('t2');
    const done: BulkPieceReply = { done: 2, already: 1, refused: [] };
    expect(await act(w, of, { worker: bulkWorker, id })).toEqual(done);
    expect(await act(w, of, { worker: bulkWorker, id })).toEqual(done);
    expect(await w.get(redriveIdOf('t0'))).toMatchObject({ redriveOf: { bulk: id, task: 't0', times: 1 } });
    const bodies = w.records().flatMap((one) => (one.kind === 'submitted' ? [one] : []));
    expect(bodies.filter((one) => ids.map(redriveIdOf).includes(one.id))).toHaveLength(3);
  });

  it('are acted on in parts, and their verdicts are counted: of this bulk task only', async () => {
    const w = await world();
    const { worker } = await failing(w, 4);
    const of = aBulk(w);
    const bulkWorker = await w.worker({ worker: 'b', types: ['system.bulk'] });
    const { id } = await retryAll(of, w);
    await w.settle();
    await w.retry('t3');
    const ids = ['t0', 't1', 't2', 't3'];
    const send = (more: object): Promise<unknown> =>
      soon(w, of.bulk.act(bulkWorker.session, leaseOf(bulkWorker, id), { index: 0, ids, ...more }));
    expect(await send({ part: [0, 2] })).toMatchObject({ done: 2, already: 0 });
    expect(await send({ verdicts: 'count' })).toMatchObject({ verdicts: { ended: 0, failed: 0, open: 2 } });
    await w.settle();
    await worker.complete(redriveIdOf('t0'));
    await worker.fail(redriveIdOf('t1'));
    expect(await send({ part: [2, 4] })).toMatchObject({ done: 1, already: 1 });
    const waiting = of.bulk.act(bulkWorker.session, leaseOf(bulkWorker, id), {
      index: 0,
      ids,
      verdicts: 'wait',
    });
    await w.settle();
    await worker.complete(redriveIdOf('t2'));
    expect(await soon(w, waiting)).toMatchObject({
      done: 0,
      verdicts: { ended: 3, failed: 1, open: 0, mended: { task: 't0', by: redriveIdOf('t0') } },
    });
  });

  it('are refused by the code of each', async () => {
    const w = await world();
    await failing(w, 2);
    const of = aBulk(w);
    const bulkWorker = await w.worker({ worker: 'b', types: ['system.bulk'] });
    const { id } = await retryAll(of, w, { run: { edit: { timeouts: { attempt: 'soon' } } } });
    await w.settle();
    expect(await act(w, of, { worker: bulkWorker, id })).toMatchObject({
      done: 0,
      refused: [
        { code: 'INVALID_TASK', id: 't0' },
        { code: 'INVALID_TASK', id: 't1' },
      ],
    });
    expect(await codeOf(w, of.bulk.start('none', OPEN_CALLER))).toBe('INVALID_REQUEST');
  });
});
