import { fromJson } from '@bufbuild/protobuf';
import type { JsonObject, Message } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { AppError } from '@precedent/kernel';
import type { OperationCall, StreamedEvent, TaskEventsRequest } from '@precedent/ports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonOf } from './json-of.ts';
import { messageNamed } from './registry.ts';
import { AUTHORIZATION, clientOf, errorFrom, testServer } from './testing/test-server.ts';

const event = (name: string, sequence: string) =>
  ({
    kind: 'event',
    event: {
      id: 't',
      namespace: 'acme',
      project: 'web',
      type: 'work',
      band: 'low',
      event: name,
      at: 1,
      sequence,
      epoch: 0,
      attempt: 1,
    },
  }) as unknown as StreamedEvent;

const never = new Promise<never>(() => undefined);

/** A server whose source of events gives these, and then nothing more. */
const setup = async (items: readonly StreamedEvent[], answer?: (call: OperationCall) => unknown) => {
  const requests: TaskEventsRequest[] = [];
  const events = {
    async *events(request: TaskEventsRequest): AsyncGenerator<StreamedEvent> {
      requests.push(request);
      yield* items;
      await never;
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
  return { server, watch, requests, calls };
};

describe('a watch of tasks', () => {
  it('gives events, gaps and positions, behind the sequence that it names', async () => {
    const { watch, requests } = await setup([
      { kind: 'position', at: '5' },
      { kind: 'gap', from: '5', to: '7' },
      event('queued', '8'),
    ]);
    const { next } = watch('WatchTasks', { after: '5', type: ['work'], band: ['BAND_LOW'] });
    expect(await next()).toEqual({ position: '5' });
    expect(await next()).toEqual({ gap: { from: '5', to: '7' } });
    expect(await next()).toMatchObject({ event: { id: 't', event: 'queued', sequence: '8' } });
    expect(requests).toMatchObject([
      {
        after: '5',
        filter: { type: ['work'], band: ['low'] },
        caller: { namespace: 'acme', credential: 'k1' },
      },
    ]);
  });

  it('ends what is behind it when its client leaves', async () => {
    const { watch, requests } = await setup([event('queued', '1')]);
    const leave = new AbortController();
    const { next } = watch('WatchTasks', {}, { signal: leave.signal });
    await next();
    const gone = new Promise<void>((resolve) =>
      requests[0]?.signal.addEventListener('abort', () => resolve()),
    );
    leave.abort();
    await gone;
  });

  it('ends with UNAVAILABLE when the gateway stops', async () => {
    const { watch, server } = await setup([event('queued', '1')]);
    const { next } = watch('WatchTasks', {});
    await next();
    const closed = server.close();
    expect((await errorFrom(next())).code).toBe(Code.Unavailable);
    await closed;
  });
});

describe('a watch of one task', () => {
  it('goes from its submission to its verdict', async () => {
    const { watch, requests } = await setup([event('queued', '1'), event('completed', '2')]);
    const { next } = watch('WatchTask', { id: 't' });
    expect(await next()).toMatchObject({ event: { event: 'queued' } });
    expect(await next()).toMatchObject({ event: { event: 'completed' } });
    expect(await next()).toBe('end');
    expect(requests[0]).toMatchObject({ filter: { task: 't' } });
    expect(requests[0]?.after).toBeDefined();
  });

  it('is refused for a task that there is not', async () => {
    const { watch } = await setup([], () => {
      throw new AppError('TASK_NOT_FOUND', 'no task');
    });
    expect((await errorFrom(watch('WatchTask', { id: 't' }).next())).code).toBe(Code.NotFound);
  });
});
