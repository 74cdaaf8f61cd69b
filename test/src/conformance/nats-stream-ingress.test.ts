import { LIMITS } from '@precedent/contracts';
import { openStreamIngress } from '@precedent/nats';
import type { Offer } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { ask, natsWorlds, streamOf, until } from './nats-world.ts';
import type { Connection } from './nats-world.ts';
import { idOf, everybodyMayUse, scriptedApi } from './scripted-api.ts';
import type { ScriptedApi } from './scripted-api.ts';

const aWorld = natsWorlds();
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

const setup = async () => {
  const world = await aWorld();
  const client = await world.connect();
  const api = scriptedApi();
  const open = (nc: Connection = world.nc, by: ScriptedApi = api) =>
    openStreamIngress({
      nc,
      engine: { tasks: by, ...everybodyMayUse(by) },
      subjects: world.subjects,
      streams: world.streams,
      maxBytes: 64 * 1024 * 1024,
    });
  const drop = (task: unknown, band = 'low', headers?: string): Promise<unknown> =>
    ask(client, `${world.root}.tasks.${band}`, task, headers);
  const left = async (): Promise<number> => (await streamOf(client, world.streams.tasks)).state.messages;
  /** Resolves when every dropped task is acknowledged: a work queue stream is empty then. */
  const settled = () => until(async () => (await left()) === 0);
  return { ...world, client, api, open, drop, left, settled };
};

describe('the stream ingress', () => {
  it('reads the tasks that were dropped while it was closed, band by band, and acknowledges them', async () => {
    const { api, open, drop, settled } = await setup();
    await (await open()).close();
    for (const band of ['low', 'normal', 'high', 'critical'])
      await drop({ id: `of-${band}`, type: 't' }, band);
    const ingress = await open();
    await settled();
    const offers = api.offers.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    expect(offers).toEqual([
      { task: { id: 'of-critical', type: 't' }, band: 'critical' },
      { task: { id: 'of-high', type: 't' }, band: 'high' },
      { task: { id: 'of-low', type: 't' }, band: 'low' },
      { task: { id: 'of-normal', type: 't' }, band: 'normal' },
    ]);
    await ingress.close();
  });

  it('refuses an unknown band at once', async () => {
    const { open, drop } = await setup();
    const ingress = await open();
    await expect(drop({ type: 't' }, 'urgent')).rejects.toThrow('no responders');
    await ingress.close();
  });

  it('gives tasks without an id a ULID, also in an array', async () => {
    const { api, open, drop, settled } = await setup();
    const ingress = await open();
    await drop([{ type: 't' }, { id: 'own', type: 't' }, { type: 't' }], 'low', `traceparent: ${TRACE}`);
    await settled();
    const ids = api.offers.map(idOf);
    expect(ids).toEqual([expect.stringMatching(ULID), 'own', expect.stringMatching(ULID)]);
    expect(ids[0]).not.toBe(ids[2]);
    expect(api.offers).toMatchObject([{ task: { traceparent: TRACE } }, {}, {}]);
    await ingress.close();
  });

  it('passes an invalid task to the engine as a refusal, with an excerpt', async () => {
    const { api, open, drop, settled } = await setup();
    const ingress = await open();
    await drop(`{"type":"t", ${'x'.repeat(1_000)}`);
    await drop({ id: 'named', typ: 't' });
    await drop({ id: 'not a good id', type: 't' });
    await drop({ type: 't', payload: 'x'.repeat(LIMITS.payloadBytes) });
    await settled();
    expect(api.offers).toMatchObject([
      { problem: { code: 'INVALID_TASK' }, band: 'low', id: expect.stringMatching(ULID) },
      { problem: { code: 'INVALID_TASK' }, id: 'named', excerpt: '{"id":"named","typ":"t"}' },
      { problem: { issues: [{ field: 'id' }] }, id: expect.stringMatching(ULID) },
      { problem: { code: 'PAYLOAD_TOO_LARGE' } },
    ]);
    for (const offer of api.offers)
      expect('problem' in offer && offer.excerpt.length).toBeLessThanOrEqual(500);
    await ingress.close();
  });

  it('offers again at once, under the same ids, the tasks that a crash left unacknowledged', async () => {
    const { api, connect, open, drop, settled } = await setup();
    api.holds = true;
    const crashing = await connect();
    await open(crashing);
    await drop([{ type: 't' }, { type: 't' }]);
    await drop('{');
    await until(() => api.offers.length === 3);
    await crashing.close();
    const next = scriptedApi();
    const ingress = await open(undefined, next);
    await settled();
    expect(next.offers.map(idOf)).toEqual(api.offers.map(idOf));
    await ingress.close();
  });

  it('redelivers a task that the engine cannot accept now', async () => {
    const { api, open, drop, left, settled } = await setup();
    let tries = 0;
    api.answer = (offer, seq) => {
      if (tries++ > 0) return { id: idOf(offer), seq };
      return { error: { code: 'QUEUE_FULL', message: 'full', retryAfterMs: 20 } };
    };
    const ingress = await open();
    await drop({ id: 'a', type: 't' });
    await settled();
    expect(api.offers.map(idOf)).toEqual(['a', 'a']);
    expect(await left()).toBe(0);
    await ingress.close();
  });

  it('acknowledges a duplicate', async () => {
    const { api, open, drop, settled } = await setup();
    api.answer = (offer, seq) => ({ id: idOf(offer), seq, duplicate: true });
    const ingress = await open();
    await drop({ id: 'a', type: 't' });
    await settled();
    expect(api.offers).toHaveLength(1);
    await ingress.close();
  });

  it('has a task that the engine will never accept recorded as a refusal, under an id of its own', async () => {
    const { api, open, drop, settled } = await setup();
    const error = { code: 'TASK_EXISTS', message: 'another task has this id' } as const;
    api.answer = (offer, seq) =>
      'task' in offer && offer.task.id === 'taken' ? { error } : { id: idOf(offer), seq };
    const ingress = await open();
    await drop([
      { id: 'fine', type: 't' },
      { id: 'taken', type: 't' },
    ]);
    await settled();
    expect(api.offers).toHaveLength(3);
    expect(api.offers[2]).toMatchObject({
      problem: error,
      band: 'low',
      excerpt: expect.stringContaining('taken'),
    });
    expect(idOf(api.offers[2] as Offer)).toMatch(ULID);
    await ingress.close();
  });

  it('reads no more tasks than the engine has room for', async () => {
    const { api, open, drop, left } = await setup();
    api.free.low = 0;
    const ingress = await open();
    for (let i = 0; i < 10; i++) await drop({ id: `t${i}`, type: 't' });
    await drop({ id: 'other-band', type: 't' }, 'high');
    await until(() => api.offers.length === 1);
    expect(idOf(api.offers[0] as Offer)).toBe('other-band');
    api.free.low = 3;
    const submit = api.submit.bind(api);
    api.submit = (offers, reply) => {
      api.free.low -= offers.length;
      submit(offers, reply);
    };
    await until(() => api.offers.length === 4);
    api.free.high = 0;
    await drop({ id: 'later', type: 't' }, 'critical');
    await until(() => api.offers.length === 5);
    expect(api.offers.map(idOf)).toEqual(['other-band', 't0', 't1', 't2', 'later']);
    await until(async () => (await left()) === 7);
    await ingress.close();
  });

  it('reads thousands of tasks without losing or doubling one', async () => {
    const { api, client, open, subjects, settled } = await setup();
    const ingress = await open();
    const count = 1_500;
    for (let i = 0; i < count; i++) client.publish(subjects.drop('low'), `{"id":"t${i}","type":"t"}`);
    await client.flush();
    await until(() => api.offers.length >= count);
    await settled();
    expect(new Set(api.offers.map(idOf)).size).toBe(count);
    expect(api.offers).toHaveLength(count);
    await ingress.close();
  });

  it('continues after the server was killed and restarted', async () => {
    const { server, api, client, open, drop, settled } = await setup();
    const ingress = await open();
    await drop({ id: 'before', type: 't' });
    await settled();
    await server.kill();
    await server.restart();
    await until(() =>
      client.flush().then(
        () => true,
        () => false,
      ),
    );
    await drop({ id: 'after', type: 't' });
    await settled();
    expect(api.offers.map(idOf)).toEqual(['before', 'after']);
    await ingress.close();
  });

  it('reads no task after it was closed', async () => {
    const { api, open, drop, left } = await setup();
    const ingress = await open();
    await ingress.close();
    await drop({ id: 'a', type: 't' });
    expect([api.offers.length, await left()]).toEqual([0, 1]);
  });
});
