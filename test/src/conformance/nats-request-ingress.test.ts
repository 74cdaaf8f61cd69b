import { LIMITS } from '@precedent/contracts';
import { openRequestIngress } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { ask, natsWorlds, until } from './nats-world.ts';
import { everybodyMayUse, idOf, scriptedApi } from './scripted-api.ts';

const aWorld = natsWorlds();
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OWN_TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01';

const setup = async () => {
  const world = await aWorld();
  const api = scriptedApi();
  const ingress = await openRequestIngress({
    nc: world.nc,
    engine: everybodyMayUse(api),
    subjects: world.subjects,
    version: '1.2.3',
  });
  await world.nc.flush();
  const client = await world.connect();
  const submit = (task: unknown, band = 'low', headers?: string): Promise<unknown> =>
    ask(client, `${world.root}.submit.${band}`, task, headers);
  return { ...world, api, ingress, client, submit };
};

describe('the request ingress', () => {
  it('answers one task with its id and its sequence', async () => {
    const { api, submit } = await setup();
    expect(await submit({ id: 'a', type: 't', timeouts: { attempt: '1s' } }, 'high')).toEqual({
      id: 'a',
      seq: 1,
    });
    expect(api.offers).toEqual([
      { task: { id: 'a', type: 't', timeouts: { attempt: 1_000 } }, band: 'high' },
    ]);
  });

  it('answers that a task is a duplicate, or why it was refused', async () => {
    const { api, submit } = await setup();
    api.answer = (offer, seq) => ({ id: idOf(offer), seq, duplicate: true });
    expect(await submit({ id: 'a', type: 't' })).toEqual({ id: 'a', seq: 1, duplicate: true });
    const error = {
      code: 'QUEUE_FULL',
      message: 'band low holds 10 of 10 tasks',
      retryAfterMs: 500,
    } as const;
    api.answer = () => ({ error });
    expect(await submit({ id: 'b', type: 't' })).toEqual({ error });
  });

  it('answers an array in its order, and accepts its valid tasks although others are invalid', async () => {
    const { api, submit } = await setup();
    const answers = await submit([{ id: 'a', type: 't' }, { typ: 't' }, { id: 'c', type: 't' }, 7]);
    expect(answers).toMatchObject([
      { id: 'a', seq: 1 },
      { error: { code: 'INVALID_TASK', issues: [{ field: 'typ' }, { field: 'type' }] } },
      { id: 'c', seq: 2 },
      { error: { code: 'INVALID_TASK' } },
    ]);
    expect(api.offers.map(idOf)).toEqual(['a', 'c']);
    expect(await submit([{ typ: 't' }])).toMatchObject([{ error: { code: 'INVALID_TASK' } }]);
    expect(await submit([])).toMatchObject({
      error: { code: 'INVALID_REQUEST', issues: [{ field: 'tasks' }] },
    });
  });

  it('answers with the fault of a message that holds no tasks', async () => {
    const { submit } = await setup();
    expect(await submit('{"type":')).toMatchObject({ error: { code: 'INVALID_TASK' } });
    expect(await submit('')).toMatchObject({ error: { code: 'INVALID_TASK' } });
    const tooMany = Array.from({ length: LIMITS.tasksPerSubmission + 1 }, () => ({ type: 't' }));
    expect(await submit(tooMany)).toMatchObject({
      error: { code: 'INVALID_REQUEST', issues: [{ field: 'tasks' }] },
    });
    expect(await submit({ type: 't' }, 'urgent')).toMatchObject({
      error: {
        code: 'INVALID_REQUEST',
        message: 'there is no band "urgent"; the bands are low, normal, high, critical',
      },
    });
  });

  it('refuses a payload over the limit', async () => {
    const { submit } = await setup();
    const answer = await submit({ type: 't', payload: 'x'.repeat(LIMITS.payloadBytes) });
    expect(answer).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE', issues: [{ field: 'payload' }] } });
  });

  it('refuses with the headers of a service error, and counts what it refuses', async () => {
    const { client, root, submit } = await setup();
    const refusal = await client.request(`${root}.submit.low`, '{"typ":1}');
    expect(refusal.headers?.get('Nats-Service-Error-Code')).toBe('400');
    expect(refusal.headers?.get('Nats-Service-Error')).toMatch(/^INVALID_TASK: typ: /);
    const whole = await client.request(`${root}.submit.low`, '[]');
    expect(whole.headers?.get('Nats-Service-Error-Code')).toBe('400');
    const accepted = await client.request(`${root}.submit.low`, '{"type":"t"}');
    expect(accepted.headers).toBeUndefined();
    await submit([{ type: 't' }, { typ: 't' }]);
    expect(await ask(client, '$SRV.STATS.precedent-submit', '')).toMatchObject({
      endpoints: [{ name: 'submit', num_requests: 4, num_errors: 3 }],
    });
  });

  it('can be discovered as a NATS micro service', async () => {
    const { client, root } = await setup();
    expect(await ask(client, '$SRV.INFO.precedent-submit', '')).toMatchObject({
      name: 'precedent-submit',
      version: '1.2.3',
      endpoints: [{ name: 'submit', subject: `${root}.submit.*`, queue_group: 'engine' }],
    });
  });

  it('takes the trace context from the header', async () => {
    const { api, submit } = await setup();
    await submit([{ type: 't' }, { type: 't', traceparent: OWN_TRACE }], 'low', `traceparent: ${TRACE}`);
    expect(api.offers).toMatchObject([
      { task: { traceparent: TRACE } },
      { task: { traceparent: OWN_TRACE } },
    ]);
  });

  it('survives messages that would break the validation, or the client library', async () => {
    const { submit } = await setup();
    const nested = `{"type":"t","payload":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(await submit(nested)).toMatchObject({ error: { code: 'INVALID_TASK' } });
    expect(await submit({ id: 'a', type: 't' }, 'low', 'bad key\u0001: x\r\nno colon')).toEqual({
      id: 'a',
      seq: 1,
    });
    expect(await submit({ id: 'b', type: 't' })).toEqual({ id: 'b', seq: 2 });
  });

  it('shortens the refusals when all details would not fit into a message', async () => {
    const { submit } = await setup();
    const bad = Array.from({ length: 1_000 }, () => ({
      a: 1,
      b: 2,
      c: 3,
      args: Array.from({ length: 30 }, () => 0),
    }));
    const answers = (await submit(bad)) as { error: { code: string; issues?: unknown } }[];
    expect(answers).toHaveLength(1_000);
    expect(answers[999]).toMatchObject({ error: { code: 'INVALID_TASK' } });
    expect(answers[999]?.error.issues).toBeUndefined();
  });

  it('answers only after the engine, and closes only then', async () => {
    const { api, ingress, submit, nc } = await setup();
    const replies: (() => void)[] = [];
    api.submit = (offers, reply) =>
      void replies.push(() => reply(offers.map((offer) => ({ id: idOf(offer), seq: 9 }))));
    const order: string[] = [];
    const answer = submit({ id: 'a', type: 't' }).then(() => order.push('answered'));
    await until(() => replies.length === 1);
    const closed = ingress.close().then(() => order.push('closed'));
    // The ingress waits for messages on their way with a round trip of its own, which is over after these two.
    await nc.flush();
    await nc.flush();
    expect(order).toEqual([]);
    for (const reply of replies) reply();
    await Promise.all([answer, closed]);
    expect(order.toSorted()).toEqual(['answered', 'closed']);
    await expect(submit({ id: 'b', type: 't' })).rejects.toThrow('no responders');
  });
});
