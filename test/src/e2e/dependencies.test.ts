import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf, startProgram } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  // The engine forgets its tasks at once.
  world = stack.use(await emptyWorld({ settings: { PRECEDENT_RECENT_MAX_TASKS: '1' } }));
  await world.startEngine();
  const storage = {
    PRECEDENT_NATS_URL: world.nats.url,
    PRECEDENT_STORAGE_DATA_DIR: path.join(world.folder, 'store'),
  };
  const history = await startProgram(
    'history',
    environmentOf(`history-${randomUUID()}`, storage),
    () => undefined,
  );
  stack.defer(() => history.stop({ stopMs: 5_000, forceMs: 1_000 }));
  const worker = world.client.worker({
    name: 'w',
    slots: 4,
    handlers: {
      work: async (job) => {
        if (job.task.payload === 'fail') throw new Error('no paint');
        return job.task.payload;
      },
    },
  });
  await worker.start();
  stack.defer(() => worker.stop());
});
afterAll(() => stack.disposeAsync());

const ids = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `${name}-${randomUUID()}`);

describe('dependencies, through engine, worker and history', () => {
  it('start and skip tasks as the verdicts say, and the history shows both', async () => {
    const { client } = world;
    const [build = '', test = '', failing = '', deploy = '', tell = ''] = ids('b', 't', 'f', 'd', 'tell');
    const behind = (task: string, on?: 'failure') => ({ dependsOn: [{ task, ...(on && { on }) }] });
    await client.submitMany([
      { id: tell, type: 'work', ...behind(failing, 'failure') },
      { id: deploy, type: 'work', ...behind(failing) },
      { id: failing, type: 'work', payload: 'fail', retry: { max: 0 }, ...behind(test) },
      { id: test, type: 'work', ...behind(build) },
      { id: build, type: 'work' },
    ]);
    expect((await client.wait(tell)).state).toBe('completed');
    expect(await client.wait(deploy)).toMatchObject({
      state: 'skipped',
      error: { code: 'SKIPPED', message: `it waited for success of task ${failing}, which is failed` },
    });
    const { events } = await client.history.events({ task: deploy });
    expect(events.map(({ event }) => event)).toEqual(['submitted', 'settled']);
    expect((await client.history.get(deploy)).task).toMatchObject({ state: 'skipped' });
  });

  it('may have conditions on the result', async () => {
    const { client } = world;
    const [score = '', good = '', bad = ''] = ids('score', 'good', 'bad');
    const when = (condition: string) => ({ dependsOn: [{ task: score, when: condition }] });
    await client.submitMany([
      { id: score, type: 'work', payload: { score: 0.7 } },
      { id: good, type: 'work', ...when('result.score >= 0.5') },
      { id: bad, type: 'work', ...when('result.score < 0.5') },
    ]);
    expect((await client.wait(good)).state).toBe('completed');
    expect(await client.wait(bad)).toMatchObject({ state: 'skipped', error: { code: 'SKIPPED' } });
  });

  it('see a failure where the result of a task is not valid', async () => {
    const { client } = world;
    const [score = '', tell = ''] = ids('score', 'tell');
    await client.submitMany([
      {
        id: score,
        type: 'work',
        payload: { score: 0.2 },
        validate: ['result.score >= 0.5'],
        retry: { max: 1, delay: 10 },
      },
      { id: tell, type: 'work', dependsOn: [{ task: score, on: 'failure' }] },
    ]);
    expect((await client.wait(tell)).state).toBe('completed');
    expect(await client.wait(score)).toMatchObject({
      state: 'failed',
      retries: 1,
      error: { code: 'RESULT_INVALID' },
    });
  });

  it('may be tasks that the engine has forgotten', async () => {
    const { client } = world;
    const [first = '', last = '', next = ''] = ids('first', 'last', 'next');
    await client.submit({ id: first, type: 'work' });
    await client.wait(first);
    await client.submit({ id: last, type: 'work' });
    await client.wait(last);
    await client.submit({ id: next, type: 'work', dependsOn: [{ task: first }] });
    expect((await client.wait(next)).state).toBe('completed');
    const missing = client.submit({ type: 'work', dependsOn: [{ task: 'no-such-task' }] });
    await expect(missing).rejects.toMatchObject({ code: 'DEPENDENCY_NOT_FOUND' });
  });
});
