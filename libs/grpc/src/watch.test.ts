import { fromJson } from '@bufbuild/protobuf';
import type { JsonObject, Message } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { JournalledEvent, TaskEventName } from '@precedent/contract-types';
import { AppError, onAbort, sequenceText } from '@precedent/kernel';
import { MemoryTaskEvents } from '@precedent/memory';
import { FIRST_SEQUENCE } from '@precedent/ports';
import type { OperationCall, TaskEvents, TaskEventsRequest } from '@precedent/ports';
import { STREAM_LIMITS } from '@precedent/web-server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonOf } from './json-of.ts';
import { messageNamed } from './registry.ts';
import { AUTHORIZATION, clientOf, errorFrom, testServer } from './testing/test-server.ts';

const event = (name: TaskEventName, more: Partial<JournalledEvent> = {}) => ({
  id: 't',
  namespace: 'acme',
  project: 'web',
  type: 'work',
  band: 'low' as const,
  event: name,
  at: 1,
  epoch: 0,
  attempt: 1,
  ...more,
});

/** A server whose source has the events that a test adds. */
const setup = async (answer?: (call: OperationCall) => unknown) => {
  const requests: TaskEventsRequest[] = [];
  const source = new MemoryTaskEvents();
  const events: TaskEvents = {
    events: (request) => {
      requests.push(request);
      return source.events(request);
    },
  };
  const { server, transport, calls } = await testServer(onTestFinished, answer, { events });
  const client = clientOf('precedent.v1.HistoryService', transport);
  const watch = (method: 'WatchTasks' | 'WatchTask', request: JsonObject, options = {}) => {
    const name = method === 'WatchTasks' ? 'watchTasks' : 'watchTask';
    const message = fromJson(messageNamed(`precedent.v1.${method}Request`), request);
    const replies = client[name]?.(message, { headers: AUTHORIZATION, ...options }) as AsyncIterable<Message>;
    const iterator = replies[Symbol.asyncIterator]();
    const next = async () => {
      const { done, value } = await iterator.next();
      return done === true ? 'end' : jsonOf(messageNamed(`precedent.v1.${method}Response`), value as Message);
    };
    return { next };
  };
  return { server, watch, requests, calls, source };
};

describe('a watch of tasks', () => {
  it('gives events, gaps and positions, behind the sequence that it names', async () => {
    const { watch, requests, source } = await setup();
    source.add(event('queued'));
    source.forget();
    source.add(event('started', { band: 'high' }), event('started'));
    const [after, to] = [FIRST_SEQUENCE, sequenceText(1, 0)];
    const { next } = watch('WatchTasks', { after, type: ['work'], band: ['BAND_LOW'] });
    expect(await next()).toEqual({ position: after });
    expect(await next()).toEqual({ gap: { from: after, to } });
    expect(await next()).toMatchObject({ event: { event: 'started', sequence: sequenceText(2, 1) } });
    expect(requests).toMatchObject([
      {
        after,
        filter: { type: ['work'], band: ['low'] },
        caller: { namespace: 'acme', credential: 'k1' },
      },
    ]);
  });

  it('ends what is behind it when its client leaves', async () => {
    const { watch, requests } = await setup();
    const leave = new AbortController();
    const { next } = watch('WatchTasks', {}, { signal: leave.signal });
    await next();
    const gone = new Promise<void>((resolve) =>
      requests[0]?.signal.addEventListener('abort', () => resolve()),
    );
    leave.abort();
    await gone;
  });

  it.each([['WatchTasks'], ['WatchTask']] as const)(
    'is refused for a namespace that is none: %s',
    async (method) => {
      const { watch } = await setup();
      const error = await errorFrom(watch(method, { namespace: 'a.b' }).next());
      expect(error.code).toBe(Code.InvalidArgument);
    },
  );

  it('is refused to a credential that has many streams, until one of them ends', async () => {
    const { watch, requests } = await setup();
    const leave = new AbortController();
    for (let count = 0; count < STREAM_LIMITS.perCredential; count += 1)
      await watch('WatchTasks', {}, { signal: leave.signal }).next();
    const error = await errorFrom(watch('WatchTasks', {}).next());
    expect([error.code, error.findDetails(messageNamed('google.rpc.RetryInfo') as never).length]).toEqual([
      Code.ResourceExhausted,
      1,
    ]);
    const gone = requests.map(({ signal }) => new Promise<void>((resolve) => onAbort(signal, resolve)));
    leave.abort();
    await Promise.all(gone);
    expect(await watch('WatchTasks', {}).next()).toHaveProperty('position');
  });

  it('ends with UNAVAILABLE when the gateway stops', async () => {
    const { watch, server } = await setup();
    const { next } = watch('WatchTasks', {});
    await next();
    const closed = server.close();
    expect((await errorFrom(next())).code).toBe(Code.Unavailable);
    await closed;
  });
});

describe('a watch of one task', () => {
  it('goes from its submission to its verdict', async () => {
    const { watch, requests, source } = await setup();
    source.add(event('queued'), event('queued', { id: 'other' }), event('completed'));
    const { next } = watch('WatchTask', { id: 't' });
    expect(await next()).toEqual({ position: FIRST_SEQUENCE });
    expect(await next()).toMatchObject({ event: { event: 'queued' } });
    expect(await next()).toMatchObject({ event: { event: 'completed' } });
    expect(await next()).toBe('end');
    expect(requests[0]).toMatchObject({ filter: { task: 't' } });
    expect(requests[0]?.after).toBeDefined();
  });

  it('is refused for a task that there is not', async () => {
    const { watch } = await setup(() => {
      throw new AppError('TASK_NOT_FOUND', 'no task');
    });
    expect((await errorFrom(watch('WatchTask', { id: 't' }).next())).code).toBe(Code.NotFound);
  });
});
