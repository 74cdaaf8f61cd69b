import { randomUUID } from 'node:crypto';
import type { Assignment, HelloMessage } from '@precedent/contract-types';
import { Probe } from '@precedent/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

/** Speaks the worker protocol by hand, and need not tell the truth. */
const rawWorker = (world: World, type: string) => {
  const { link, subjects } = world.client;
  const session = randomUUID();
  const assigned = new Probe<Assignment>();
  assigned.arm();
  link.subscribe(subjects.assign(session), {
    callback: (_, message) => {
      for (const task of message.json<{ tasks: Assignment[] }>().tasks) assigned.hit(task);
    },
  });
  const send = async (body: object): Promise<unknown> =>
    (
      await link.request(subjects.report('main'), JSON.stringify({ session, ...body }), { timeout: 5_000 })
    ).json();
  const hello = (more: Partial<HelloMessage> = {}): Promise<unknown> =>
    send({
      kind: 'hello',
      worker: `raw-${session}`,
      version: '0',
      types: [type],
      pools: ['default'],
      labels: {},
      resources: {},
      slots: 1,
      running: [],
      ...more,
    });
  const settle = (id: string, epoch: number, result: unknown): Promise<unknown> =>
    send({ kind: 'report', settled: [{ id, epoch, outcome: 'completed', result }] });
  return { session, assigned, send, hello, settle };
};

describe('a worker with false reports', () => {
  let world: World;
  beforeAll(async () => {
    world = await emptyWorld({ nats: { config: ['max_payload: 16777216'] } });
    await world.startEngine();
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  const staleReports = async (): Promise<number> => (await world.client.status()).staleReports;

  it('is refused when it reports a lease that has ended', async () => {
    const worker = rawWorker(world, 'lie.old');
    await worker.hello();
    const { id } = await world.client.submit({ type: 'lie.old' });
    const first = await worker.assigned.next();
    // After it is returned, the task is leased again under a new epoch, to the same worker after its next hello.
    await worker.send({ kind: 'report', settled: [{ id, epoch: first.epoch, outcome: 'returned' }] });
    await worker.hello();
    const second = await worker.assigned.next();
    expect(second).toMatchObject({ id, epoch: first.epoch + 1 });
    const before = await staleReports();
    expect(await worker.settle(id, first.epoch, 'a lie')).toEqual({ ok: true, refused: [[id, first.epoch]] });
    expect(await staleReports()).toBe(before + 1);
    expect((await world.client.get(id)).state).toBe('running');
    expect(await worker.settle(id, second.epoch, 'the truth')).toEqual({ ok: true, refused: [] });
    expect(await world.client.result(id)).toBe('the truth');
  });

  it('is refused when it reports for a task of another session', async () => {
    const honest = rawWorker(world, 'lie.theft');
    const liar = rawWorker(world, 'lie.nothing');
    await honest.hello();
    await liar.hello();
    const { id } = await world.client.submit({ type: 'lie.theft' });
    const { epoch } = await honest.assigned.next();
    expect(await liar.settle(id, epoch, 'a lie')).toEqual({ ok: true, refused: [[id, epoch]] });
    // A hello that lists the lease does not give the session a right to it either.
    expect(await liar.hello({ running: [[id, epoch]] })).toMatchObject({ ok: true, keep: [] });
    expect(await liar.settle(id, epoch, 'a lie')).toEqual({ ok: true, refused: [[id, epoch]] });
    await honest.settle(id, epoch, 'the truth');
    expect(await world.client.result(id)).toBe('the truth');
  });

  it('is refused when it reports a task that does not exist, or one that was never assigned', async () => {
    const liar = rawWorker(world, 'lie.unknown');
    await liar.hello();
    expect(await liar.settle('no-such-task', 1, 'a lie')).toEqual({
      ok: true,
      refused: [['no-such-task', 1]],
    });
    const { id } = await world.client.submit({ type: 'lie.unassigned' });
    for (const epoch of [0, 1])
      expect(await liar.settle(id, epoch, 'a lie')).toMatchObject({ refused: [[id, epoch]] });
    expect((await world.client.get(id)).state).toBe('queued');
    await world.client.cancel(id);
  });

  it('is refused when it settles a task twice', async () => {
    const worker = rawWorker(world, 'lie.twice');
    await worker.hello();
    const { id } = await world.client.submit({ type: 'lie.twice' });
    const { epoch } = await worker.assigned.next();
    await worker.settle(id, epoch, 'the first word');
    expect(await worker.settle(id, epoch, 'the last word')).toMatchObject({ refused: [[id, epoch]] });
    expect(await world.client.result(id)).toBe('the first word');
  });

  it('is refused with steps over the limits, and can continue its task', async () => {
    const worker = rawWorker(world, 'lie.large');
    await worker.hello();
    const { id } = await world.client.submit({ type: 'lie.large' });
    const { epoch } = await worker.assigned.next();
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    const record = async (step: string): Promise<unknown> => {
      const text = `{"kind":"keep","session":"${worker.session}","id":"${id}","epoch":${epoch},"step":${step}}`;
      return (
        await world.client.link.request(world.client.subjects.report('main'), text, { timeout: 10_000 })
      ).json();
    };
    const state = (json: string): string =>
      `{"kind":"checkpoint","seq":1,"hash":"${'a'.repeat(64)}","version":"1","bytes":1,"state":${json}}`;
    const undo = (json: string): string => `{"kind":"undo","seq":1,"name":"n","payload":${json}}`;
    const large = `"${'x'.repeat(8 * 1024 * 1024)}"`;
    expect(await record(state(large))).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
    expect(await record(undo(large))).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
    for (const levels of [300, 5_000, 500_000]) {
      expect(await record(state(nested(levels)))).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
      expect(await record(undo(nested(levels)))).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    }
    expect(await record(state('{"done":1}'))).toEqual({ ok: true });
    await worker.settle(id, epoch, 'the truth');
    expect(await world.client.result(id)).toBe('the truth');
  });

  it('cannot report before its hello', async () => {
    const worker = rawWorker(world, 'lie.hello');
    await worker.hello();
    const { id } = await world.client.submit({ type: 'lie.hello' });
    const { epoch } = await worker.assigned.next();
    const withoutHello = rawWorker(world, 'lie.hello');
    expect(await withoutHello.settle(id, epoch, 'a lie')).toMatchObject({ refused: [[id, epoch]] });
    await worker.settle(id, epoch, 'the truth');
    expect(await world.client.result(id)).toBe('the truth');
  });

  it('gets the reason of the refusal of an invalid message', async () => {
    const { link, subjects } = world.client;
    const subject = subjects.report('main');
    for (const text of ['', 'garbage', '[]', '{"kind":"conquer"}', '{"kind":"hello"}', '{"kind":"report"}']) {
      const answer = await link.request(subject, text, { timeout: 5_000 });
      expect(answer.json(), text).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    }
    // Messages without a reply subject are ignored.
    for (const text of ['garbage', '{"kind":"heartbeat"}']) link.publish(subject, text);
    expect((await world.client.status()).state).toBe('running');
  });
});
