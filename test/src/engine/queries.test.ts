import type { EngineSnapshot, TaskView, WorkerView } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { Answer, World } from './world.ts';

const waiting = (w: World, id: string, timeoutMs: number): Answer<unknown> =>
  w.send<unknown>((api, reply) => api.tasks.wait(id, timeoutMs, reply));

describe('getting a task', () => {
  it('shows it as it was submitted', async () => {
    const w = await world();
    const submittedAt = w.now;
    await w.submit(
      aTask({
        id: 'a',
        name: 'nightly',
        namespace: 'n',
        project: 'p',
        pool: 'x',
        labels: { team: 't' },
        band: 'low',
      }),
    );
    expect(await w.get('a')).toEqual<TaskView>({
      id: 'a',
      name: 'nightly',
      namespace: 'n',
      project: 'p',
      type: 'report',
      band: 'low',
      pool: 'x',
      labels: { team: 't' },
      revision: expect.any(String) as string,
      state: 'queued',
      waiting: { reason: 'no_worker', detail: 'no worker offers type report in pool x' },
      attempt: 0,
      retries: 0,
      specDigest: expect.stringMatching(/^[\w-]{43}$/) as string,
      submittedAt,
    });
  });

  it('reports an unknown task', async () => {
    const w = await world();
    await expect(w.get('nothing')).rejects.toThrow('TASK_NOT_FOUND: no task has the id nothing');
  });
});

describe('waiting for a verdict', () => {
  it('is answered when the task is settled', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    const [one, other] = [waiting(w, 'a', 60_000), waiting(w, 'a', 60_000)];
    await w.advance(5_000);
    expect([one.all, other.all]).toEqual([[], []]);
    await worker.complete('a', 7);
    expect(one.all).toMatchObject([{ state: 'completed', result: 7 }]);
    expect(other.all).toMatchObject([{ state: 'completed', result: 7 }]);
    await w.advance(120_000);
    expect([one.all.length, other.all.length]).toEqual([1, 1]);
  });

  it('is answered at once for a settled task, for an unknown one, and without a timeout', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    await worker.complete('a');
    const answers = [waiting(w, 'a', 60_000), waiting(w, 'nothing', 60_000), waiting(w, 'b', 0)];
    await w.settle();
    expect(answers.map(({ value }) => value)).toMatchObject([
      { state: 'completed' },
      { error: { code: 'TASK_NOT_FOUND' } },
      { state: 'running' },
    ]);
  });

  it('is answered with the open task when the timeout is over', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    const answer = waiting(w, 'a', 5_000);
    await w.advance(4_999);
    expect(answer.all).toEqual([]);
    await w.advance(1);
    expect(answer.all).toMatchObject([{ id: 'a', state: 'queued' }]);
  });

  it('does not end at a failure that is retried', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    const answer = waiting(w, 'a', 60_000);
    await worker.fail('a');
    await w.advance(1_010);
    expect(answer.all).toEqual([]);
    await worker.complete('a');
    expect(answer.all).toMatchObject([{ state: 'completed' }]);
  });

  it('is refused when too many wait already, until one of them has its answer', async () => {
    const w = await world({ waitersMax: 2 });
    await w.submit(aTask({ id: 'a' }));
    const first = waiting(w, 'a', 1_000);
    waiting(w, 'a', 5_000);
    expect(waiting(w, 'a', 1_000).value).toMatchObject({
      error: { code: 'QUEUE_FULL', retryAfterMs: 1_000 },
    });
    await w.advance(1_000);
    expect(first.all).toHaveLength(1);
    const next = waiting(w, 'a', 1_000);
    await w.advance(1_000);
    expect(next.all).toMatchObject([{ state: 'queued' }]);
  });

  it('is refused at once when the engine stops, and so is a later request', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    const held = waiting(w, 'a', 60_000);
    await Promise.all([w.engine.stop({ drainMs: 0 }), w.settle()]);
    const late = waiting(w, 'a', 60_000);
    await w.advance(120_000);
    expect(held.all).toMatchObject([{ error: { code: 'ENGINE_NOT_RUNNING' } }]);
    expect(late.all).toMatchObject([{ error: { code: 'ENGINE_NOT_RUNNING' } }]);
  });

  it('must be repeated after a restart, and is answered then', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    const before = waiting(w, 'a', 60_000);
    w.crash();
    await w.restart();
    await worker.hello();
    const after = waiting(w, 'a', 60_000);
    await worker.complete('a');
    expect(before.all).toEqual([]);
    expect(after.all).toMatchObject([{ state: 'completed' }]);
  });
});

describe('listing', () => {
  const aVariety = async (): Promise<World> => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'done', namespace: 'n' }), aTask({ id: 'failing', retry: { delay: 60_000 } }));
    await worker.complete('done');
    await worker.fail('failing');
    await w.submit(
      aTask({ id: 'running', band: 'high', labels: { team: 'a', zone: 'b' } }),
      aTask({ id: 'stopping', project: 'p', labels: { team: 'a' } }),
      aTask({ id: 'queued', type: 'import', band: 'low' }),
      aTask({ id: 'gone' }),
    );
    await w.cancel('gone');
    await w.cancel('stopping');
    return w;
  };

  it('shows running tasks, then the latest verdicts, then waiting tasks', async () => {
    const w = await aVariety();
    expect(await w.list()).toEqual({
      ids: ['running', 'stopping', 'gone', 'done', 'failing', 'queued'],
      truncated: false,
    });
  });

  it.each([
    [{ state: ['running' as const] }, ['running', 'stopping']],
    [{ state: ['queued' as const, 'cancelled' as const] }, ['gone', 'queued']],
    [{ state: ['retrying' as const] }, ['failing']],
    [{ state: [] }, []],
    [{ band: ['high' as const, 'low' as const] }, ['running', 'queued']],
    [{ namespace: 'n' }, ['done']],
    [{ project: 'p' }, ['stopping']],
    [{ type: 'import' }, ['queued']],
    [{ type: 'import', band: ['high' as const] }, []],
    [{ labels: { team: 'a' } }, ['running', 'stopping']],
    [{ labels: { team: 'a', zone: 'b' } }, ['running']],
    [{ labels: { team: 'b' } }, []],
    [{ labels: { constructor: 'a' } }, []],
    [{ since: 0 }, ['running', 'stopping', 'gone', 'done', 'failing', 'queued']],
    [{ until: 0 }, []],
    [{ since: Number.MAX_SAFE_INTEGER }, []],
    [{ idPrefix: 'q' }, ['queued']],
    [{ idPrefix: 'do', namespace: 'other' }, []],
  ])('filters by %o', async (filter, ids) => {
    const w = await aVariety();
    expect((await w.list(filter)).ids).toEqual(ids);
  });

  it('stops at its limit, and says that there is more', async () => {
    const w = await aVariety();
    expect(await w.list({ limit: 2 })).toEqual({ ids: ['running', 'stopping'], truncated: true });
    expect(await w.list({ limit: 6 })).toMatchObject({ truncated: false });
  });

  it('shows a hundred unless the request names a limit, and a thousand at most', async () => {
    const w = await world({ limits: BIG });
    for (let i = 0; i < 3; i++) {
      await w.submit(...Array.from({ length: 400 }, (_, n) => aTask({ id: `t${i}-${n}` })));
    }
    expect((await w.list()).ids).toHaveLength(100);
    expect((await w.list({ limit: 5_000 })).ids).toHaveLength(1_000);
  });

  it('shows every open task once, also right after a restart', async () => {
    const w = await aVariety();
    const { ids } = await w.list();
    w.crash();
    await w.restart();
    expect((await w.list()).ids.toSorted()).toEqual(ids.toSorted());
  });
});

describe('the status', () => {
  it('counts tasks by band, slots and verdicts', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b', band: 'low' }), aTask({ id: 'c', band: 'low' }));
    await worker.complete('a');
    await w.submit(aTask({ id: 'd', band: 'low' }));
    expect(await w.status()).toMatchObject({
      state: 'running',
      cell: 'main',
      epoch: 1,
      journalSeq: w.journal.last,
      bands: {
        low: { queued: 1, running: 2, retrying: 0 },
        normal: { queued: 0, queuedBytes: 0, running: 0 },
      },
      settled: { completed: 1, failed: 0, cancelled: 0, timed_out: 0, rejected: 0 },
      workers: 1,
      slots: 2,
      loads: { normal: 0, elevated: 0, high: 0, critical: 0 },
      staleReports: 0,
      voidEntries: 0,
    });
  });

  it('shows only durable facts, and so does the list of workers', async () => {
    const w = await world();
    const worker = await w.worker();
    w.host.carrier.hold();
    w.send((api, reply) => api.tasks.submit([{ task: aTask({ id: 'a' }) }], reply));
    await w.settle();
    const status = w.send<EngineSnapshot>((api, reply) => api.explanations.status(reply));
    const workers = w.send<readonly WorkerView[]>((api, reply) => api.explanations.workers(reply));
    await w.settle();
    expect([status.all, workers.all]).toEqual([[], []]);
    w.host.carrier.release();
    await w.settle();
    expect(status.value).toMatchObject({ bands: { normal: { running: 1 } }, journalSeq: w.journal.last });
    expect(workers.value).toMatchObject([{ id: worker.worker, busy: 1 }]);
  });

  it('is answered at once when no append is pending, and when the journal is unavailable', async () => {
    const w = await world();
    expect(w.send<EngineSnapshot>((api, reply) => api.explanations.status(reply)).all).toHaveLength(1);
    w.host.journal.cut();
    w.send((api, reply) => api.tasks.submit([{ task: aTask({ id: 'a' }) }], reply));
    await w.advance(100);
    const { last } = w.journal;
    expect(w.send<EngineSnapshot>((api, reply) => api.explanations.status(reply)).value).toMatchObject({
      journalSeq: last,
    });
    expect(w.send<readonly WorkerView[]>((api, reply) => api.explanations.workers(reply)).all).toEqual([[]]);
  });
});

const LIMIT = { maxWaiting: 10_000, maxWaitingBytes: 100_000_000 };
const BIG = { low: LIMIT, normal: LIMIT, high: LIMIT, critical: LIMIT };
