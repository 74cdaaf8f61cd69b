import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job } from '../handler.ts';
import { GuestContext } from './guest-context.ts';
import type { GuestMessage } from './protocol.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const make = (logBytes = 1_000) => {
  const posted: GuestMessage[] = [];
  const port = {
    post: (message: GuestMessage) => void posted.push(message),
    listen: () => undefined,
    poll: () => undefined,
    exit: () => undefined,
  };
  const context = new GuestContext(port, { run: 1, job: { id: 'a' } as Job, resume: undefined, logBytes });
  return { context, posted };
};

const note = (fields: object) => ({ kind: 'note', run: 1, ...fields });

describe('the context in a guest', () => {
  it('sends progress at once, then at most every ten milliseconds, and the last one in any case', () => {
    const { context, posted } = make();
    for (let step = 1; step <= 5; step++) context.progress(step / 10);
    context.heartbeat();
    expect(posted).toEqual([note({ name: 'progress', fraction: 0.1 })]);
    vi.advanceTimersByTime(10);
    expect(posted.slice(1)).toEqual([note({ name: 'progress', fraction: 0.5 })]);
    context.progress(0.6, 'nearly');
    context.close();
    expect(posted.slice(2)).toEqual([note({ name: 'progress', fraction: 0.6, message: 'nearly' })]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends a heartbeat in a loop that never waits', () => {
    const { context, posted } = make();
    for (let ms = 0; ms < 100; ms++) {
      context.heartbeat();
      vi.setSystemTime(Date.now());
      vi.advanceTimersByTime(1);
    }
    expect(posted).toHaveLength(10);
  });

  it('sends no more of its log than the attempt may keep, and one piece by which the host knows that', () => {
    const { context, posted } = make(10);
    for (let line = 0; line < 1_000; line++) context.log('log', 'ninechars');
    expect(posted).toHaveLength(2);
  });

  it('refuses what comes after the end of the handler, and sends nothing of it', async () => {
    const { context, posted } = make();
    context.close();
    context.log('log', 'late');
    context.progress(1);
    await expect(context.checkpoint({})).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    await expect(context.atomic(() => 1, { maxMs: 1 })).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(posted).toEqual([]);
  });

  it('has all members in a copy of it', () => {
    const { context } = make();
    const members = ['signal', 'yieldSignal', 'resume', 'progress', 'heartbeat', 'log', 'checkpoint'];
    const more = [
      'yieldRequested',
      'yieldIfRequested',
      'atomic',
      'onRollback',
      'idempotencyKey',
      'suspendable',
    ];
    expect(Object.keys(Object.assign({}, context))).toEqual(expect.arrayContaining([...members, ...more]));
  });
});
