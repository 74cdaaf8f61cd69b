import { afterEach, describe, expect, it, vi } from 'vitest';
import { runCli } from './cli.ts';
import { crash } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

/** Every machine uses more than 1 % of its memory: the load is high, or critical, for as long as the worker runs. */
const BUSY = {
  PRECEDENT_WORKER_LOAD_ENABLED: 'true',
  PRECEDENT_WORKER_LOAD_MEMORY: '1',
  PRECEDENT_EXECUTION_MAX_CONCURRENT: '4',
};

describe('a worker on a busy machine', () => {
  const worlds: World[] = [];
  const setup = async () => {
    const world = await emptyWorld();
    worlds.push(world);
    const engine = await world.startEngine();
    return { ...world, world, engine };
  };
  const stateOf = async ({ client }: World, id: string) => (await client.get(id)).state;
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
  });

  it('starts tasks of a higher band than its running ones, and the others show why they wait, also with a new engine', async () => {
    const { world, engine, client, nats, folder } = await setup();
    await world.startWorker(BUSY);
    await vi.waitFor(async () => expect((await client.workers())[0]?.load?.throttled).toContain('low'), {
      timeout: 20_000,
    });
    const [idle, held] = [
      await client.submit({ command: 'sleep 120', band: 'low' }),
      await client.submit({ command: 'true', band: 'low' }),
    ];
    await vi.waitFor(async () => expect(await stateOf(world, idle.id)).toBe('running'));
    expect(
      await client.result((await client.submit({ command: 'echo normal', band: 'normal' })).id),
    ).toMatchObject({
      stdout: 'normal\n',
    });
    expect((await client.get(held.id)).waiting).toMatchObject({
      reason: 'machine_load',
      detail: expect.stringMatching(
        /^worker worker-1 takes nothing new of low: machine load (high|critical), .*memory \d+ %/,
      ),
    });
    const why = await runCli(['why', held.id, '--url', nats.url], { cwd: folder });
    expect(why.stdout).toContain('takes nothing new of low');
    expect(why.stdout).not.toMatch(/starts in/);
    const workers = await runCli(['workers', '--url', nats.url], { cwd: folder });
    expect(workers.stdout).toMatch(/(high|critical), .*memory \d+ %/);

    await crash(engine);
    await world.startEngine();
    await vi.waitFor(async () => expect(await client.workers()).toHaveLength(1), { timeout: 20_000 });
    expect((await client.workers())[0]?.load).toMatchObject({ thresholds: { memory: 0.01 } });
    expect(await stateOf(world, held.id)).toBe('queued');
    await client.cancel(idle.id);
    expect(await client.wait(held.id)).toMatchObject({ state: 'completed' });
  });

  it('fills its slots at any load when load monitoring is off', async () => {
    const { world, client } = await setup();
    await world.startWorker({ ...BUSY, PRECEDENT_WORKER_LOAD_ENABLED: 'false' });
    const sleeps = await Promise.all(
      [1, 2, 3].map(() => client.submit({ command: 'sleep 60', band: 'low' })),
    );
    await vi.waitFor(async () => {
      for (const { id } of sleeps) expect(await stateOf(world, id)).toBe('running');
    });
    expect((await client.workers())[0]).not.toHaveProperty('load');
    for (const { id } of sleeps) await client.cancel(id);
  });
});
