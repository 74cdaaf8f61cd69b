import { afterAll, describe, expect, it } from 'vitest';
import { startThreads } from './threads.ts';
import type { TEST_CALLS } from '../testing/test-thread.ts';

const ENTRY = new URL('../testing/test-thread.ts', import.meta.url);
const FOR_EVER = 600_000;

const setup = () => {
  const [stopping, yielding] = [new AbortController(), new AbortController()];
  let beats = 0;
  const beating = Promise.withResolvers<void>();
  const context = {
    signal: stopping.signal,
    yieldSignal: yielding.signal,
    heartbeat: () => (++beats === 2 ? beating.resolve() : undefined),
  };
  return { stopping, yielding, context, beating: beating.promise, beats: () => beats };
};

describe('startThreads', () => {
  const threads = startThreads<typeof TEST_CALLS>({ entry: ENTRY, heapMb: 64 });
  afterAll(() => threads.close());

  it('answers many calls at once, each with its own answer', async () => {
    const { context } = setup();
    const numbers = Array.from({ length: 6 }, (_, i) => i);
    const answers = numbers.map((input) => threads.run('echo', { input }, { context, limitMs: FOR_EVER }));
    expect(await Promise.all(answers)).toEqual(numbers.map((input) => ({ input })));
  });

  it('keeps a key called __proto__', async () => {
    const { context } = setup();
    const input = JSON.parse('{"__proto__":1}') as object;
    const output = await threads.run('echo', input, { context, limitMs: FOR_EVER });
    expect(JSON.stringify(output)).toBe('{"__proto__":1}');
  });

  it('rejects with what the function threw, and uses the thread again', async () => {
    const { context } = setup();
    await expect(threads.run('refuse', 'payload.x', { context, limitMs: FOR_EVER })).rejects.toMatchObject({
      code: 'INVALID_TASK',
      extras: { issues: [{ field: 'payload.x', message: 'bad' }] },
    });
    expect(await threads.run('echo', 1, { context, limitMs: FOR_EVER })).toBe(1);
  });

  it('ends a call that exceeds its time limit, and sends heartbeats meanwhile', async () => {
    const { context, beats } = setup();
    const call = threads.run('spin', undefined, { context, limitMs: 1_500 });
    await expect(call).rejects.toMatchObject({ name: 'CallFailure', reason: 'too_slow' });
    expect(beats()).toBeGreaterThan(0);
  });

  it('ends a call with the stop of its attempt', async () => {
    const { context, stopping, beating } = setup();
    const call = threads.run('spin', undefined, { context, limitMs: FOR_EVER });
    await beating;
    stopping.abort({ reason: 'timeout', graceMs: 1_000 });
    await expect(call).rejects.toMatchObject({ code: 'ATTEMPT_TIMEOUT' });
    await expect(
      threads.run('echo', undefined, { context, limitMs: FOR_EVER }),
      'before it begins, too',
    ).rejects.toMatchObject({ code: 'ATTEMPT_TIMEOUT' });
  });

  it('ends a call when its attempt is requested to yield', async () => {
    const { context, yielding, beating } = setup();
    const call = threads.run('spin', undefined, { context, limitMs: FOR_EVER });
    await beating;
    yielding.abort({ reason: 'preempted', deadlineMs: 1_000 });
    await expect(call).rejects.toMatchObject({ name: 'YieldSignal', request: { deadlineMs: 1_000 } });
    const short = { context, limitMs: FOR_EVER, yields: false };
    expect(await threads.run('echo', 'short', short)).toBe('short');
  });

  it('survives calls that take more memory than a thread may have', async () => {
    const { context } = setup();
    // Without a limit for new objects, one call in a few ends the process.
    for (let call = 0; call < 12; call++)
      await expect(threads.run('hog', undefined, { context, limitMs: FOR_EVER })).rejects.toMatchObject({
        name: 'CallFailure',
        reason: 'out_of_memory',
      });
    expect(await threads.run('echo', 2, { context, limitMs: FOR_EVER })).toBe(2);
  });

  it('says so when a thread ends by itself', async () => {
    const { context } = setup();
    await expect(threads.run('exit', undefined, { context, limitMs: FOR_EVER })).rejects.toMatchObject({
      name: 'CallFailure',
      reason: 'crashed',
    });
  });
});
