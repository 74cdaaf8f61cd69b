import type { BulkResult, TaskView } from '@precedent/contract-types';
import type { Client } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { crash } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const PATIENCE = { timeout: 60_000, interval: 20 };

let world: World;
beforeAll(async () => {
  world = await emptyWorld({ settings: { PRECEDENT_WORKER_LOAD_ENABLED: 'false' } });
});
afterAll(() => world[Symbol.asyncDispose]());

const settled = (client: Client, project: string, count: number): Promise<unknown> =>
  vi.waitFor(async () => {
    const { tasks } = await client.list({ project, state: ['failed', 'timed_out'], limit: 1_000 });
    expect(tasks.length).toBe(Math.min(count, 1_000));
  }, PATIENCE);

const resultOf = ({ result }: TaskView): Partial<BulkResult> => Object(result) as BulkResult;

describe('tasks that failed', () => {
  it('are run again once each, though engine and worker are killed in between', async () => {
    const { client } = world;
    let engine = await world.startEngine();
    const tasks = 1_300;
    const spec = { type: 'work', pool: 'nowhere', project: 'again', timeouts: { queue: 1 } };
    await client.submitMany(Array.from({ length: tasks }, () => spec));
    await settled(client, 'again', tasks);
    const { token, count } = await client.previewBulk({
      action: 'retry',
      filter: { project: 'again' },
      run: { edit: { timeouts: { queue: 0 } } },
    });
    expect(count).toBe(tasks);
    const { id } = await client.startBulk(token ?? '');
    const progress = client.watch({ id, event: 'progress' });
    const worker = await world.startWorker();
    await progress[Symbol.asyncIterator]().next();
    await crash(engine);
    engine = await world.startEngine();
    await progress[Symbol.asyncIterator]().next();
    progress.close();
    await crash(worker);
    await world.startWorker();
    const task = await client.wait(id, { timeoutMs: 60_000 });
    expect(resultOf(task)).toMatchObject({ total: tasks, done: tasks, already: 0, refused: {} });
    const status = await client.status();
    expect(status.bands.normal.queued).toBe(tasks);
    const { tasks: again } = await client.list({ project: 'again', state: ['queued'], limit: 1_000 });
    expect(again.every(({ redriveOf }) => redriveOf?.bulk === id && redriveOf.times === 1)).toBe(true);
    const first = await client.get(again[0]?.redriveOf?.task ?? '');
    expect(first).toMatchObject({ state: 'timed_out', redrivenAs: again[0]?.id });
  });

  it('are left alone when too many of the first ones fail again', async () => {
    const { client } = world;
    const spec = { command: 'false', project: 'broken', retry: { max: 0 } };
    await client.submitMany(Array.from({ length: 30 }, () => spec));
    await settled(client, 'broken', 30);
    const request = { action: 'retry', filter: { project: 'broken' } } as const;
    const { token } = await client.previewBulk({ ...request, run: { first: 5, maxFailed: 0.2 } });
    const { id } = await client.startBulk(token ?? '');
    expect(resultOf(await client.wait(id, { timeoutMs: 60_000 }))).toMatchObject({
      total: 30,
      done: 5,
      stopped: { ended: 5, failed: 5, maxFailed: 0.2, left: 25 },
    });
    const mend = { command: 'true' };
    const { token: next } = await client.previewBulk({ ...request, run: { first: 5, edit: mend } });
    const mended = await client.wait((await client.startBulk(next ?? '')).id, { timeoutMs: 60_000 });
    expect(resultOf(mended)).toMatchObject({ total: 30, done: 30 });
    expect(resultOf(mended).stopped).toBeUndefined();
    const { mended: { task, by } = { task: '', by: '' } } = resultOf(mended);
    expect(await client.get(by)).toMatchObject({ state: 'completed', redriveOf: { task } });
  });
});
