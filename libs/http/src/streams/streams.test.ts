import { once } from 'node:events';
import { connect } from 'node:net';
import { ANY } from '@precedent/contract-types';
import type { JournalledEvent } from '@precedent/contract-types';
import { AppError, sequenceText } from '@precedent/kernel';
import { MemoryTaskEvents } from '@precedent/memory';
import { FIRST_SEQUENCE } from '@precedent/ports';
import type { OperationCall, TaskEvents, TaskEventsRequest } from '@precedent/ports';
import { STREAM_LIMITS } from '@precedent/web-server';
import { OTHER_KEY, TEST_KEY, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHttpServer } from '../server.ts';

const anEvent = (n: number, more: Partial<JournalledEvent> = {}) => ({
  id: `t${n}`,
  namespace: 'acme',
  project: 'web',
  type: 'noop',
  band: 'normal' as const,
  event: 'queued' as const,
  at: n,
  epoch: 0,
  attempt: 0,
  ...more,
});

/** What the events begin with: the first entries of a journal, one for each event. */
const sourceOf = (items: readonly Omit<JournalledEvent, 'sequence'>[]) => {
  const requests: TaskEventsRequest[] = [];
  let refusal: AppError | undefined;
  const source = new MemoryTaskEvents(() => {
    if (refusal) throw refusal;
    return { namespace: ANY, projects: ANY, clearances: ANY };
  });
  for (const item of items) source.add(item);
  const events: TaskEvents = {
    events: (request) => {
      requests.push(request);
      return source.events(request);
    },
  };
  const refuse = (error: AppError): void => {
    refusal = error;
    source.wake();
  };
  return { requests, events, source, refuse };
};

/** The query of a stream from the beginning on. */
const FROM_START = `after=${FIRST_SEQUENCE}`;

interface Setup {
  readonly items?: readonly Omit<JournalledEvent, 'sequence'>[];
  readonly answer?: (call: OperationCall) => unknown;
  readonly heartbeatMs?: number;
  readonly stallMs?: number;
}

const setup = async ({ items = [], answer, heartbeatMs = 60_000, stallMs = 60_000 }: Setup = {}) => {
  const { options, calls } = testListener(answer);
  const { requests, events, source, refuse } = sourceOf(items);
  const revoked = new Set<string>();
  const server = await openHttpServer({
    ...options,
    authenticate: (token, from) =>
      revoked.has(token)
        ? Promise.reject(new AppError('UNAUTHENTICATED', 'revoked'))
        : options.authenticate(token, from),
    health: { problem: () => undefined },
    events,
    heartbeatMs,
    stallMs,
  });
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    await server.close();
  };
  onTestFinished(() => (isClosed ? undefined : close()));
  const open = async (path: string, headers: Record<string, string> = {}) => {
    const gone = new AbortController();
    onTestFinished(() => gone.abort());
    const response = await fetch(`${server.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${TEST_KEY}`, accept: 'text/event-stream', ...headers },
      signal: gone.signal,
    });
    return { response, frames: framesOf(response), leave: () => gone.abort() };
  };
  return { open, calls, requests, revoked, close, source, refuse, url: server.url };
};

const framesOf = async function* (response: Response): AsyncGenerator<string> {
  let text = '';
  for await (const part of response.body ?? []) {
    text += new TextDecoder().decode(part as Uint8Array);
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 2);
    }
  }
};

const taken = async (frames: AsyncIterator<string>, count: number): Promise<string[]> => {
  const found: string[] = [];
  while (found.length < count) {
    const { done, value } = await frames.next();
    if (done === true) break;
    found.push(value);
  }
  return found;
};

describe('a stream of events', () => {
  it('has the sequence as the id of each frame, states gaps, and moves the place of a client', async () => {
    const { open, source } = await setup({ items: [anEvent(1), anEvent(2), anEvent(3), anEvent(4)] });
    source.forget();
    source.add(anEvent(5));
    const gap = { from: sequenceText(1, 0), to: sequenceText(4, 0) };
    const { response, frames } = await open(`/events?after=${gap.from}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const [retry, place, gapFrame, event] = await taken(frames, 4);
    expect([retry, place]).toEqual(['retry: 2000', `id: ${sequenceText(1, 0)}`]);
    expect(gapFrame).toBe(`id: ${sequenceText(4, 0)}\nevent: gap\ndata: ${JSON.stringify(gap)}`);
    const [id, data = ''] = event?.split('\n') ?? [];
    expect(id).toBe(`id: ${sequenceText(5, 0)}`);
    expect(JSON.parse(data.slice('data: '.length))).toMatchObject({ id: 't5', sequence: sequenceText(5, 0) });
  });

  it('goes on behind the last id of the client, or the sequence of the query, with its filter', async () => {
    const { open, requests } = await setup({ items: [anEvent(1)] });
    await open('/events?band=high,low&event=failed&after=a', { 'last-event-id': 'b' });
    await open('/events?namespace=beta&after=a&limit=5');
    await open('/events');
    expect(requests.map(({ after, filter, caller }) => ({ after, filter, caller }))).toEqual([
      {
        after: 'b',
        filter: { band: ['high', 'low'], event: ['failed'] },
        caller: { namespace: 'acme', credential: 'k1' },
      },
      { after: 'a', filter: { namespace: 'beta' }, caller: { namespace: 'beta', credential: 'k1' } },
      { after: undefined, filter: {}, caller: { namespace: 'acme', credential: 'k1' } },
    ]);
  });

  it('is refused with a status where it cannot begin', async () => {
    const { open, source } = await setup();
    source.isAway = true;
    const { response } = await open('/events');
    expect(response.status).toBe(503);
  });

  it('ends with the reason when the caller may not read any more', async () => {
    const { open, refuse } = await setup();
    const { frames } = await open('/events');
    await taken(frames, 2);
    refuse(new AppError('FORBIDDEN', 'no grant'));
    expect((await taken(frames, 9)).at(-1)).toBe(
      'event: end\ndata: {"code":"FORBIDDEN","message":"no grant"}',
    );
  });

  it('has heartbeats while nothing comes, and ends with its credential', async () => {
    const { open, revoked } = await setup({ items: [anEvent(1)], heartbeatMs: 5 });
    const { frames } = await open('/events');
    expect((await taken(frames, 4)).slice(2)).toEqual([': ', ': ']);
    revoked.add(TEST_KEY);
    const rest = await taken(frames, 1_000);
    expect(rest.at(-1)).toBe('event: end\ndata: {"code":"UNAUTHENTICATED","message":"revoked"}');
  });

  it('ends when the server closes, without a reason, so that the client connects again', async () => {
    const { open, close } = await setup({ items: [anEvent(1)] });
    const { frames } = await open('/events');
    await taken(frames, 2);
    await close();
    expect(await taken(frames, 5)).toEqual([]);
  });

  it('is refused to a credential that has many, until one of them is closed', async () => {
    const { open, requests } = await setup({ items: [anEvent(1)] });
    const streams = [];
    for (let n = 0; n < STREAM_LIMITS.perCredential; n++) streams.push(await open('/events'));
    const { response } = await open('/events');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '5']);
    expect((await open('/events', { authorization: `Bearer ${OTHER_KEY}` })).response.status).toBe(200);
    const closed = once(requests[0]?.signal ?? new EventTarget(), 'abort');
    streams[0]?.leave();
    await closed;
    expect((await open('/events')).response.status).toBe(200);
  });

  it('is cut off from a client that takes nothing', async () => {
    const large = 'x'.repeat(100_000);
    const items = Array.from({ length: 1_000 }, (_, n) => anEvent(n, { result: large }));
    const { url, requests } = await setup({ items, stallMs: 50 });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.write(
      `GET /api/v1/events?${FROM_START} HTTP/1.1\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`,
    );
    await once(socket, 'readable');
    const [{ signal } = { signal: new AbortController().signal }] = requests;
    if (!signal.aborted) await once(signal, 'abort');
    expect(signal.aborted).toBe(true);
  });
});

describe('the stream of the events of a task', () => {
  it('begins with its submission and ends with its verdict', async () => {
    const items = [
      anEvent(1),
      anEvent(2),
      anEvent(3, { id: 't1', event: 'completed' }),
      anEvent(4, { id: 't1' }),
    ];
    const { open, requests, calls } = await setup({ items });
    const { frames } = await open('/tasks/t1/events');
    const all = await taken(frames, 9);
    expect(all).toHaveLength(5);
    expect(all.at(-1)).toContain('event: end\ndata: {"code":"SETTLED"');
    expect(requests).toMatchObject([{ filter: { task: 't1' }, after: sequenceText(0, 0) }]);
    expect(calls).toMatchObject([{ verb: 'get', request: { id: 't1' } }]);
  });
});

describe('the stream of the output of a task', () => {
  it('follows until the task is settled, and goes on behind the last id', async () => {
    const pages = [[{ text: 'a' }, { text: 'b' }], [], [{ text: 'c' }], []];
    let read = 6;
    const answer = ({ verb }: OperationCall): unknown => {
      if (verb === 'get') return pages.length > 2 ? {} : { settledAt: 1 };
      const chunks = pages.shift() ?? [];
      return { chunks, last: (read += chunks.length) };
    };
    const { open, calls } = await setup({ answer });
    const { frames } = await open('/tasks/t1/logs', { 'last-event-id': '6' });
    expect((await taken(frames, 9)).slice(1)).toEqual([
      'id: 6',
      'data: {"text":"a"}',
      'id: 8\ndata: {"text":"b"}',
      'id: 9\ndata: {"text":"c"}',
      'event: end\ndata: {"code":"SETTLED","message":"the task is settled"}',
    ]);
    const requested = calls.filter(({ verb }) => verb === 'logs').map(({ request }) => request);
    expect(requested).toMatchObject([{ after: 6 }, { after: 8 }, { after: 8 }, { after: 9 }]);
  });

  it('refuses a place that is none, and fields that it does not use but its operation would refuse', async () => {
    const { open } = await setup();
    for (const path of ['/tasks/t1/logs?after=x', '/tasks/t1/logs?limit=0', '/events?waitMs=10001'])
      expect((await open(path)).response.status).toBe(400);
  });
});
