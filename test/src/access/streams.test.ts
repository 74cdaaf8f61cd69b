import { revokeKey } from '@precedent/access';
import { sequenceText } from '@precedent/kernel';
import { afterAll, describe, expect, it } from 'vitest';
import { framesOf } from '../e2e/event-reader.ts';
import type { Frame } from '../e2e/event-reader.ts';
import { closedCell } from './closed-cell.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

describe('streams of a cell that requires keys', () => {
  it('show only what the caller may see, and end when its key is revoked', async () => {
    const cell = await closedCell(stack);
    const ann = await cell.key('ann');
    await cell.grant('ann', { namespace: 'acme', project: 'web', role: 'viewer' });
    const url = `${cell.http}/api/v1/events?namespace=acme`;
    const stream = framesOf({ url, key: ann.text, lastEventId: sequenceText(0, 0) });
    const frames: Frame[] = [];
    const until = async (text: string): Promise<void> => {
      for (;;) {
        const { done, value } = await stream.next();
        if (done === true) throw new Error(`the stream ended before ${text}`);
        frames.push(value);
        if (value.data?.includes(text)) return;
      }
    };
    const task = { type: 'work', payload: {}, namespace: 'acme' };
    await cell.client.submit({ ...task, id: 'acme--other', project: 'api' });
    await cell.client.submit({ ...task, id: 'acme--secret', project: 'web', security: 'secret' });
    await cell.client.submit({ ...task, id: 'beta--other', namespace: 'beta', project: 'web' });
    await cell.client.submit({ ...task, id: 'acme--own', project: 'web' });
    await until('"event":"completed"');
    const seen = frames.flatMap(({ data }) =>
      data === undefined ? [] : [JSON.parse(data) as { id: string }],
    );
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(['acme--own']));
    await cell.registry.change((state) => revokeKey(state, ann.id, Date.now()));
    await until('"code":"UNAUTHENTICATED"');
    expect(frames.at(-1)?.event).toBe('end');
    expect((await stream.next()).done).toBe(true);
    await expect(framesOf({ url, key: ann.text }).next()).rejects.toThrow('401');
  });

  it('are refused in a namespace in which the caller has no grant', async () => {
    const cell = await closedCell(stack);
    const bob = await cell.key('bob');
    await cell.grant('bob', { namespace: 'beta', role: 'viewer' });
    const url = `${cell.http}/api/v1/events?namespace=acme`;
    await expect(framesOf({ url, key: bob.text }).next()).rejects.toThrow('403');
  });

  it('of one task show its progress while it runs, and end with its verdict', async () => {
    const cell = await closedCell(stack);
    const ann = await cell.key('ann');
    await cell.grant('ann', { namespace: 'acme', project: 'web', role: 'viewer' });
    const task = { type: 'later', payload: {}, namespace: 'acme', project: 'web' };
    const { id } = await cell.client.submit({ ...task, id: 'acme--later' });
    const stream = framesOf({ url: `${cell.http}/api/v1/tasks/${id}/events?namespace=acme`, key: ann.text });
    const next = async (wanted: (frame: Frame) => boolean): Promise<Frame> => {
      for (;;) {
        const { done, value } = await stream.next();
        if (done === true) throw new Error('the stream ended');
        if (wanted(value)) return value;
      }
    };
    await next(({ data }) => data?.includes('"event":"queued"') === true);
    const seen = Promise.withResolvers<void>();
    const worker = cell.client.worker({
      name: 'late',
      slots: 1,
      handlers: {
        later: async (_, { progress }) => {
          progress(0.5, 'half of it');
          await seen.promise;
        },
      },
    });
    await worker.start();
    stack.defer(() => worker.stop());
    const progress = await next(({ event }) => event === 'progress');
    expect(JSON.parse(progress.data ?? '')).toMatchObject({ id, fraction: 0.5, message: 'half of it' });
    expect(progress.id).toBeUndefined();
    seen.resolve();
    const end = await next(({ event }) => event === 'end');
    expect(end.data).toContain('SETTLED');
  });
});
