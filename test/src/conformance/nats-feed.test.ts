import { Probe } from '@precedent/kernel';
import { deleteLogs, ensureLogStream, natsEventFeed } from '@precedent/nats';
import type { FeedEvent } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { ask, natsWorlds, streamOf } from './nats-world.ts';

const aWorld = natsWorlds({ config: ['max_payload: 65536'] });

const CLASS = {
  namespace: 'acme',
  project: 'web',
  type: 'document.process',
  band: 'high',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
} as const;

const anEvent = (more: Partial<FeedEvent> = {}): FeedEvent => ({
  event: 'started',
  id: 't1',
  at: 1_790_000_000_123,
  class: CLASS,
  band: 'high',
  epoch: 3,
  attempt: 1,
  retries: 0,
  worker: 'w1',
  ...more,
});

const setup = async () => {
  const world = await aWorld();
  const listener = await world.connect();
  const received = new Probe<{ subject: string; body: unknown; headers: Record<string, string> }>();
  received.arm();
  listener.subscribe(world.subjects.events(), {
    callback: (_error, msg) =>
      received.hit({ subject: msg.subject, body: msg.json(), headers: headersOf(msg.headers) }),
  });
  await listener.flush();
  return { ...world, received };
};

interface Headers {
  keys(): string[];
  get(name: string): string;
}

const headersOf = (headers: Headers | undefined): Record<string, string> =>
  Object.fromEntries((headers?.keys() ?? []).map((name) => [name, headers?.get(name) ?? '']));

describe('the event feed', () => {
  it('publishes CloudEvents in binary mode', async () => {
    const { nc, subjects, root, received } = await setup();
    natsEventFeed({ nc, subjects, cell: 'main' }).publish([anEvent()]);
    expect(await received.next()).toEqual({
      subject: `${root}.events.acme.web.document-process.started`,
      body: {
        id: 't1',
        namespace: 'acme',
        project: 'web',
        type: 'document.process',
        band: 'high',
        event: 'started',
        at: 1_790_000_000_123,
        attempt: 1,
        worker: 'w1',
      },
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 't1-3-started',
        'ce-source': `/${root}/main`,
        'ce-type': 'precedent.task.started.v1',
        'ce-subject': 't1',
        'ce-time': '2026-09-21T14:13:20.123Z',
        'content-type': 'application/json',
      },
    });
  });

  it('names the place of a record in the journal, in a header and in the body', async () => {
    const { nc, subjects, received } = await setup();
    natsEventFeed({ nc, subjects, cell: 'main' }).publish([anEvent({ place: { entry: 12, index: 3 } })]);
    const { headers, body } = await received.next();
    expect(headers['ce-sequence']).toBe('0000000000012.00003');
    expect(body).toMatchObject({ sequence: '0000000000012.00003' });
  });

  it('keeps the order, and gives each progress report an id of its own', async () => {
    const { nc, subjects, received } = await setup();
    const progress = [0.1, 0.2].map((fraction, i) => anEvent({ event: 'progress', fraction, at: i }));
    natsEventFeed({ nc, subjects, cell: 'main' }).publish([
      ...progress,
      anEvent({ event: 'completed', result: { ok: 'ü' } }),
    ]);
    const seen = [await received.next(), await received.next(), await received.next()];
    expect(seen.map(({ headers }) => headers['ce-id'])).toEqual([
      't1-3-progress-0',
      't1-3-progress-1',
      't1-3-completed',
    ]);
    expect(seen[2]?.body).toMatchObject({ result: { ok: 'ü' } });
  });

  it('publishes only verdicts, or nothing, when configured so', async () => {
    const { nc, subjects, received } = await setup();
    const events = [anEvent(), anEvent({ event: 'failed' })];
    natsEventFeed({ nc, subjects, cell: 'main', mode: 'off' }).publish(events);
    natsEventFeed({ nc, subjects, cell: 'main', mode: 'settled' }).publish(events);
    natsEventFeed({ nc, subjects, cell: 'main', mode: 'all' }).publish([anEvent({ event: 'stopping' })]);
    expect((await received.next()).body).toMatchObject({ event: 'failed' });
    expect((await received.next()).body).toMatchObject({ event: 'stopping' });
  });

  it('leaves the result out where an event with it does not fit into a message', async () => {
    const { nc, subjects, received } = await setup();
    natsEventFeed({ nc, subjects, cell: 'main' }).publish([
      anEvent({ event: 'completed', result: 'x'.repeat(70_000) }),
    ]);
    const { body } = await received.next();
    expect(body).toMatchObject({ id: 't1', event: 'completed' });
    expect(body).not.toHaveProperty('result');
  });
});

describe('the log stream', () => {
  it('is created once, bounded, and without an fsync for each chunk', async () => {
    const { nc, subjects, streams } = await setup();
    await ensureLogStream({ nc, subjects, streams, maxBytes: 64 * 1024 * 1024 });
    await ensureLogStream({ nc, subjects, streams, maxBytes: 64 * 1024 * 1024 });
    const { config } = await streamOf(nc, streams.logs);
    expect(config).toMatchObject({
      subjects: [subjects.logs],
      max_age: 7 * 86_400 * 1e9,
      max_bytes: 64 * 1024 * 1024,
      discard: 'old',
      persist_mode: 'async',
    });
  });

  it('applies a changed maximum age, and accepts less space than configured', async () => {
    const { nc, subjects, streams } = await setup();
    const enormous = 2 ** 60;
    await ensureLogStream({ nc, subjects, streams, maxBytes: enormous });
    const first = (await streamOf(nc, streams.logs)).config['max_bytes'];
    expect(first).toBeLessThan(enormous);
    await ensureLogStream({ nc, subjects, streams, maxBytes: enormous, maxAgeMs: 3_600_000 });
    const { config } = await streamOf(nc, streams.logs);
    expect([config['max_age'], config['max_bytes']]).toEqual([3_600 * 1e9, first]);
  });

  it('deletes the logs of one task and keeps the others', async () => {
    const { nc, subjects, streams } = await setup();
    const options = { nc, subjects, streams, maxBytes: 64 * 1024 * 1024 };
    await deleteLogs(options, 't1');
    await ensureLogStream(options);
    for (const task of ['t1', 't1', 't2']) await ask(nc, subjects.log(task), { text: 'line' });
    await deleteLogs(options, 't1');
    expect((await streamOf(nc, streams.logs)).state).toMatchObject({ messages: 1, last_seq: 3 });
  });
});
