import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { crash } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const STOP = { stopMs: 5_000, forceMs: 2_000 };

describe('engines that start, stop and crash', () => {
  const worlds: World[] = [];
  const setup = async (): Promise<World> => {
    const world = await emptyWorld();
    worlds.push(world);
    return world;
  };
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
  });

  /** A command that notes each of its starts, and runs until it is let go. */
  const gated = ({ folder }: World) => {
    const [gate, starts] = [path.join(folder, randomUUID()), path.join(folder, randomUUID())];
    return {
      command: `echo start >> ${starts}; while [ ! -e ${gate} ]; do sleep 0.05; done; echo done`,
      starts: () => (existsSync(starts) ? readFileSync(starts, 'utf8').split('\n').length - 1 : 0),
      letGo: () => writeFileSync(gate, ''),
    };
  };

  it('cause ENGINE_NOT_RUNNING when none has ever run', async () => {
    const { client } = await setup();
    const submitted = client.submit({ command: 'true' }, { timeoutMs: 1_000 });
    await expect(submitted).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await expect(client.status()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('run tasks that were dropped while no engine ran, the most urgent first', async () => {
    const world = await setup();
    await (await world.startEngine()).stop(STOP);
    const ids: string[] = [];
    for (const band of ['low', 'critical'] as const) {
      const accepted = await world.client.submit({ type: 'e2e.kept', band, name: band });
      expect(accepted.door).toBe('drop');
      ids.push(accepted.id);
    }
    await world.startEngine();
    await vi.waitFor(async () => {
      const { bands } = await world.client.status();
      expect([bands.low.queued, bands.critical.queued]).toEqual([1, 1]);
    });
    const order: unknown[] = [];
    const keep = (job: { task: { name?: string } }) => Promise.resolve(void order.push(job.task.name));
    const worker = world.client.worker({ handlers: { 'e2e.kept': keep }, slots: 1 });
    await worker.start();
    for (const id of ids) await world.client.result(id);
    expect(order).toEqual(['critical', 'low']);
    await worker.stop();
  });

  it('have tasks, verdicts and idempotency keys again after a crash', async () => {
    const world = await setup();
    const { client } = world;
    const engine = await world.startEngine();
    await world.startWorker();
    const keyed = { command: 'echo paid', idempotencyKey: 'invoice-1' };
    const paid = await client.submit(keyed);
    const verdict = await client.wait(paid.id);
    const waiting = await client.submit({ type: 'e2e.nobody', labels: { a: 'b' }, name: 'a name' });
    const known = await client.get(waiting.id);
    await crash(engine);
    await world.startEngine();
    expect(await client.get(paid.id)).toEqual(verdict);
    expect(await client.get(waiting.id)).toEqual(known);
    expect(await client.submit(keyed)).toMatchObject({ id: paid.id, duplicate: true });
    const other = client.submit({ ...keyed, command: 'echo other' });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('make clients that wait for a verdict repeat their request when they stop', async () => {
    const world = await setup();
    const engine = await world.startEngine();
    const { id } = await world.client.submit({ type: 'e2e.nobody' });
    const { link, subjects } = world.client;
    const request = JSON.stringify({ id, timeoutMs: 20_000 });
    const held = link.request(subjects.api('wait'), request, { timeout: 20_000 });
    // The engine takes requests in their order: it holds the first one when it has answered the second.
    await world.client.get(id);
    const [answer] = await Promise.all([held, engine.stop(STOP)]);
    expect(answer.json()).toMatchObject({ error: { code: 'ENGINE_NOT_RUNNING' } });
  });

  it('hand the cell over when one is killed, and running tasks continue undisturbed', async () => {
    const world = await setup();
    const first = await world.startEngine();
    await world.startWorker();
    const { command, starts, letGo } = gated(world);
    const { id } = await world.client.submit({ command });
    await vi.waitFor(() => expect(starts()).toBe(1), { timeout: 10_000 });
    const second = world.startEngine();
    await world.said('standing by');
    const { epoch } = await world.client.status();
    const killedAt = performance.now();
    await crash(first);
    await second;
    expect(performance.now() - killedAt).toBeLessThan(6_000);
    expect((await world.client.status()).epoch).toBe(epoch + 1);
    expect(await world.client.get(id)).toMatchObject({ state: 'running', attempt: 1 });
    letGo();
    expect(await world.client.result(id)).toMatchObject({ stdout: 'done\n' });
    expect(starts()).toBe(1);
  });

  it('step down when they were stalled and another engine has taken over', async () => {
    const world = await setup();
    const first = await world.startEngine();
    const second = world.startEngine();
    await Promise.all([world.startWorker(), world.said('standing by')]);
    process.kill(first.pid, 'SIGSTOP');
    const { id } = await second.then(() => world.client.submit({ command: 'echo second' }));
    process.kill(first.pid, 'SIGCONT');
    await world.said('engine error');
    expect(await world.client.result(id)).toMatchObject({ stdout: 'second\n' });
    // It stands in line again, and is there when it is needed.
    await vi.waitFor(async () => expect((await world.client.status()).standby).toHaveLength(1), 10_000);
    await crash(await second);
    const accepted = await world.client.submit({ command: 'echo first' }, { timeoutMs: 20_000 });
    expect(await world.client.result(accepted.id)).toMatchObject({ stdout: 'first\n' });
  });

  it('answer nothing with their old epoch, and delay no request, when another engine has taken over', async () => {
    const world = await setup();
    const first = await world.startEngine();
    const second = world.startEngine();
    await world.said('standing by');
    const { epoch } = await world.client.status();
    process.kill(first.pid, 'SIGSTOP');
    await second;
    const seen: { readonly answer: number | string; readonly ms: number }[] = [];
    let heldUntil = Number.POSITIVE_INFINITY;
    const look = async (): Promise<void> => {
      const sentAt = performance.now();
      const { link, subjects } = world.client;
      const answer = await link.request(subjects.api('status'), '', { timeout: 30_000 });
      const body = answer.json<{ readonly epoch?: number; readonly error?: { readonly code: string } }>();
      const ms = performance.now() - Math.max(sentAt, heldUntil);
      seen.push({ answer: body.epoch ?? body.error?.code ?? 'nothing', ms });
    };
    // Of a queue group half of them reach the one that is held up.
    const early = Promise.all(Array.from({ length: 10 }, look));
    await world.client.link.flush();
    heldUntil = performance.now();
    process.kill(first.pid, 'SIGCONT');
    for (let isOver = false; !isOver;) {
      await look();
      isOver = seen.length > 40 && seen.slice(-30).every(({ answer }) => answer === epoch + 1);
    }
    await early;
    const answers = new Set(seen.map((each) => each.answer));
    expect([...answers].filter((each) => each !== epoch + 1 && each !== 'ENGINE_NOT_RUNNING')).toEqual([]);
    expect(Math.max(...seen.map(({ ms }) => ms))).toBeLessThan(1_000);
  });

  it('leave a running task on its worker when they are stopped before it ends', async () => {
    const world = await setup();
    const first = await world.startEngine({ PRECEDENT_EXECUTION_STOP_TIMEOUT: '200ms' });
    await world.startWorker();
    const { command, starts, letGo } = gated(world);
    const { id } = await world.client.submit({ command });
    await vi.waitFor(() => expect(starts()).toBe(1), { timeout: 10_000 });
    await first.stop(STOP);
    expect((await first.exited).code).toBe(0);
    await world.startEngine();
    letGo();
    expect(await world.client.result(id)).toMatchObject({ stdout: 'done\n' });
    expect(starts()).toBe(1);
  });

  it('do not start without a server, or with an invalid configuration', async () => {
    const world = await setup();
    const nowhere = world.startEngine({ PRECEDENT_NATS_URL: 'nats://127.0.0.1:1' });
    await expect(nowhere).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
    const wrong = world.startEngine({ PRECEDENT_WORKER_LEASE: 'soon', PRECEDENT_CEL: 'x' });
    await expect(wrong).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      extras: {
        issues: expect.arrayContaining([
          expect.objectContaining({ field: 'worker.lease' }),
          expect.objectContaining({ field: 'PRECEDENT_CEL' }),
        ]),
      },
    });
  });
});
