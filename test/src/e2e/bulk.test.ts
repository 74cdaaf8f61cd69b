import type { BulkResult, TaskView } from '@precedent/contract-types';
import type { Client } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { crash } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const PATIENCE = { timeout: 60_000, interval: 20 };

let world: World;
beforeAll(async () => {
  const settings = { PRECEDENT_RECENT_MAX_TASKS: '300', PRECEDENT_WORKER_LOAD_ENABLED: 'false' };
  world = await emptyWorld({ settings });
});
afterAll(() => world[Symbol.asyncDispose]());

const waitingTasks = async (client: Client, count: number, project: string): Promise<void> => {
  const specs = Array.from({ length: count }, () => ({ type: 'work', pool: 'nowhere', project }));
  await client.submitMany(specs);
};

const outcome = ({ state, error, result }: TaskView) => {
  const { total, done, already, refused } = Object(result) as BulkResult;
  return { state, error, total, over: done + already, refused };
};

describe('many tasks', () => {
  it('are cancelled once each, though engine and worker are killed in between', async () => {
    const { client } = world;
    let engine = await world.startEngine();
    const tasks = 1_300;
    await waitingTasks(client, tasks, 'killed');
    await waitingTasks(client, 3, 'others');
    const preview = await client.previewBulk({ action: 'cancel', filter: { project: 'killed' } });
    expect(preview).toMatchObject({ count: tasks });
    await crash(engine);
    engine = await world.startEngine();
    const { id } = await client.startBulk(preview.token ?? '');
    const progress = client.watch({ id, event: 'progress' });
    const worker = await world.startWorker();
    await progress[Symbol.asyncIterator]().next();
    await crash(engine);
    await world.startEngine();
    await progress[Symbol.asyncIterator]().next();
    progress.close();
    await crash(worker);
    await world.startWorker();
    const task = await client.wait(id, { timeoutMs: 60_000 });
    expect(outcome(task)).toEqual({ state: 'completed', total: tasks, over: tasks, refused: {} });
    expect((await client.list({ project: 'killed', state: ['queued'] })).tasks).toEqual([]);
    expect((await client.list({ project: 'others', state: ['queued'] })).tasks).toHaveLength(3);
    expect(await client.why(id)).toMatchObject({ task: { id } });
    expect(await client.startBulk(preview.token ?? '')).toMatchObject({ id, state: 'completed' });
  });

  it('are deleted with all that the history has of them, also those that the engine has forgotten', async () => {
    const { client } = world;
    await world.startHistory();
    const found = async (): Promise<number> => {
      const { tasks, freshness } = await client.history.list({
        project: 'killed',
        type: ['work'],
        limit: 1_000,
      });
      expect(freshness.seq).toBeGreaterThanOrEqual((await client.status()).journalSeq);
      return tasks.length;
    };
    await vi.waitFor(async () => expect(await found()).toBe(1_000), PATIENCE);
    const preview = await client.previewBulk({
      action: 'delete',
      filter: { project: 'killed', type: ['work'] },
    });
    expect(preview).toMatchObject({ count: 1_300 });
    const { id } = await client.startBulk(preview.token ?? '');
    const task = await client.wait(id, { timeoutMs: 60_000 });
    expect(outcome(task)).toEqual({ state: 'completed', total: 1_300, over: 1_300, refused: {} });
    await vi.waitFor(async () => expect(await found()).toBe(0), PATIENCE);
    expect(await client.get(id)).toMatchObject({ state: 'completed' });
    await client.delete(id);
    await expect(client.get(id)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  it('are left alone by a task that a client submits', async () => {
    const refused = world.client.submit({ type: 'system.bulk', payload: { action: 'cancel' } });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_TASK' });
  });
});
