import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { DeliveryView } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { describe, expect, it, vi } from 'vitest';
import { ROOT, crash } from '../e2e/programs.ts';
import { historyWorld } from '../history/history-world.ts';
import { isVerified, receiver } from './receivers.ts';

const PATIENCE = { timeout: 60_000, interval: 20 };

/** A cell with a history and one gateway; more can be started. */
const setup = async (stack: AsyncDisposableStack) => {
  const history = stack.use(await historyWorld());
  const { world } = history;
  await history.startHistory();
  const gateway = await world.startGateway();
  const { client } = world;
  const deliveriesOf = async (id: string): Promise<readonly DeliveryView[]> =>
    (await client.webhooks.deliveries({ id })).deliveries;
  return { world, client, gateway, deliveriesOf };
};

const freePort = async (): Promise<number> => {
  await using server = await receiver();
  return server.port;
};

/** Runs the receiver of docs/webhooks.md, and gives its lines. */
const documented = (stack: AsyncDisposableStack, env: Readonly<Record<string, string>>) => {
  const page = readFileSync(path.join(ROOT, 'docs/webhooks.md'), 'utf8');
  const [, program = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stack.defer(() => void child.kill());
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
};

describe('webhooks of a cell', () => {
  it('delivers each verdict under one id, signed, also when gateways are killed meanwhile', async () => {
    await using stack = new AsyncDisposableStack();
    const { world, client, gateway } = await setup(stack);
    const server = stack.use(await receiver());
    const { id, secret } = await client.webhooks.create({ url: server.url });
    const others = await Promise.all([world.startGateway(), world.startGateway()]);
    const [first] = [gateway, ...others];
    const ids = Array.from({ length: 200 }, (_, n) => `w${n}`);
    const submitting = client.submitMany(
      ids.map((task) => ({ id: task, type: 'noop', namespace: 'default' })),
    );
    while (server.all.length < 50) await server.arrived.next();
    if (first) await crash(first);
    while (server.all.length < 100) await server.arrived.next();
    await Promise.all(others.slice(0, 1).map(crash));
    await submitting;
    await vi.waitFor(() => {
      expect(new Set(server.all.map(({ event }) => event.subject))).toEqual(new Set(ids));
    }, PATIENCE);
    const messages = new Map(server.all.map(({ event }) => [event.id, event]));
    expect(messages.size).toBe(ids.length);
    expect(server.all.filter((one) => !isVerified(one, secret))).toEqual([]);
    expect(server.all.filter(({ event }) => event.type !== 'precedent.task.completed.v1')).toEqual([]);
    await vi.waitFor(async () => {
      const { tasks } = await client.history.list({ type: ['webhook.deliver'], limit: 1_000 });
      expect(tasks.map(({ state }) => state)).toEqual(ids.map(() => 'completed'));
      expect(tasks.every(({ labels }) => labels?.['webhook'] === id)).toBe(true);
    }, PATIENCE);
  });

  it('tries again until the receiver takes it, and shows each try', async () => {
    await using stack = new AsyncDisposableStack();
    const { client, deliveriesOf } = await setup(stack);
    let refusals = 1;
    const server = stack.use(
      await receiver((_, response) => void response.writeHead(refusals-- > 0 ? 500 : 200).end('so')),
    );
    const { id } = await client.webhooks.create({
      url: server.url,
      events: ['failed'],
      types: ['always.fails'],
    });
    await client.submit({ type: 'noop' });
    const { id: task } = await client.submit({ type: 'always.fails', retry: { max: 0 } });
    await vi.waitFor(async () => {
      expect(await deliveriesOf(id)).toMatchObject([
        { state: 'completed', attempt: 2, event: 'failed', task },
      ]);
    }, PATIENCE);
    expect(server.all.map(({ event }) => [event.subject, event.id])).toEqual([
      [task, server.all[0]?.event.id],
      [task, server.all[0]?.event.id],
    ]);
  });

  it('lists what failed for good, and delivers it again under the same id', async () => {
    await using stack = new AsyncDisposableStack();
    const { client, deliveriesOf } = await setup(stack);
    const server = stack.use(await receiver((_, response) => void response.writeHead(410).end()));
    const { id } = await client.webhooks.create({ url: server.url });
    await client.submit({ type: 'noop' });
    await vi.waitFor(async () => {
      expect((await client.webhooks.deliveries({ id, state: ['failed'] })).deliveries.length).toBe(1);
    }, PATIENCE);
    expect(await client.webhooks.get(id)).toMatchObject({
      state: 'disabled',
      reason: 'its receiver answered 410',
    });
    // What happens while it is disabled is not delivered later.
    const { id: missed } = await client.submit({ type: 'noop' });
    await vi.waitFor(async () => {
      expect((await client.history.get(missed)).task.state).toBe('completed');
    }, PATIENCE);
    server.answers((_, response) => void response.end());
    expect(await client.webhooks.update({ id, enabled: true })).toMatchObject({ state: 'active' });
    const { deliveries } = await client.webhooks.redeliver({ id });
    expect(deliveries.length).toBe(1);
    await vi.waitFor(async () => {
      expect((await deliveriesOf(id)).map(({ state }) => state).toSorted()).toEqual(['completed', 'failed']);
    }, PATIENCE);
    expect(server.all.map(({ event }) => event.id)).toEqual([
      server.all[0]?.event.id,
      server.all[0]?.event.id,
    ]);
    const again = client.webhooks.redeliver({ id, delivery: 'no-such' });
    await expect(again).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    const [last] = deliveries;
    if (last) expect((await client.webhooks.redeliver({ id, delivery: last })).deliveries.length).toBe(1);
  });

  it('is made, tried, changed, rotated and removed', async () => {
    await using stack = new AsyncDisposableStack();
    const { client, world } = await setup(stack);
    const server = stack.use(await receiver());
    const { webhooks } = client;
    await expect(webhooks.create({ url: 'ftp://a.example/' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    const { secret, ...made } = await webhooks.create({ url: server.url, description: 'for tests' });
    expect(made).toMatchObject({
      namespace: 'default',
      state: 'active',
      secrets: 1,
      description: 'for tests',
    });
    expect(made.events).toEqual(['completed', 'failed', 'cancelled', 'timed_out', 'skipped', 'rejected']);
    expect(await webhooks.list()).toEqual([made]);
    expect(JSON.stringify(await webhooks.get(made.id))).not.toContain(secret.slice(6));
    expect(await webhooks.test(made.id)).toMatchObject({ ok: true, status: 200, body: 'thanks' });
    expect(server.all[0]?.event.type).toBe('precedent.webhook.test.v1');
    const rotated = await webhooks.rotate({ id: made.id, overlapMs: 60_000 });
    expect(rotated.secrets).toBe(2);
    await webhooks.test(made.id);
    expect([secret, rotated.secret].map((one) => server.all[1] && isVerified(server.all[1], one))).toEqual([
      true,
      true,
    ]);
    await webhooks.update({ id: made.id, url: 'http://10.0.0.1/', enabled: false });
    expect(await webhooks.test(made.id)).toMatchObject({ ok: false, failure: { code: 'HTTP_REFUSED' } });
    expect(await webhooks.remove(made.id)).toMatchObject({ id: made.id, state: 'disabled' });
    await expect(webhooks.get(made.id)).rejects.toMatchObject({ code: 'WEBHOOK_NOT_FOUND' });
    // What is stored has no secret in it.
    const stored = path.join(world.nats.store, 'jetstream/$G/streams/KV_PRECEDENT_WEBHOOKS/msgs/1.blk');
    expect(readFileSync(stored, 'latin1')).not.toContain(secret.slice(6, 30));
  });

  it('is received by the program of the documentation', async () => {
    await using stack = new AsyncDisposableStack();
    const { client } = await setup(stack);
    const port = await freePort();
    const { id, secret } = await client.webhooks.create({ url: `http://127.0.0.1:${port}/` });
    const lines = documented(stack, { WEBHOOK_SECRET: secret, PORT: String(port) });
    expect((await lines.next()).value).toBe('listening');
    expect(await client.webhooks.test(id)).toMatchObject({ ok: true, status: 204 });
    expect((await lines.next()).value).toContain(`precedent.webhook.test.v1 ${id}`);
    const { id: task } = await client.submit({ type: 'noop', payload: 'done' });
    expect((await lines.next()).value).toBe(`precedent.task.completed.v1 ${task} done`);
    await client.webhooks.rotate({ id, overlapMs: 0 });
    expect(await client.webhooks.test(id)).toMatchObject({ ok: false, status: 401 });
  });

  it('says that no gateway runs', async () => {
    await using stack = new AsyncDisposableStack();
    const { world } = stack.use(await historyWorld());
    const refusal: unknown = await world.client.webhooks.list().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ code: 'GATEWAY_UNREACHABLE' });
  });
});
