import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onAbort, settlesWithin, sleep, timeoutSignal, unlessAborted, within } from './waiting.ts';

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a wait', () => {
  it('is over after its time, however long', async () => {
    const over = sleep(40 * DAY_MS);
    vi.advanceTimersByTime(40 * DAY_MS);
    expect(await over).toBe(true);
  });

  it('can be cut short, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const over = sleep(40 * DAY_MS, controller.signal);
    controller.abort();
    expect([await over, await sleep(5, controller.signal), vi.getTimerCount()]).toEqual([false, false, 0]);
  });

  it('for work tells whether that settled in time, resolved or rejected', async () => {
    expect(await settlesWithin(Promise.resolve(), 40 * DAY_MS)).toBe(true);
    expect(await settlesWithin(Promise.reject(new Error('x')), 40 * DAY_MS)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    const late = settlesWithin(new Promise(() => undefined), 5);
    vi.advanceTimersByTime(5);
    expect(await late).toBe(false);
  });
});

it('a signal is aborted after its time, with the error of the platform', () => {
  const signal = timeoutSignal(30 * DAY_MS);
  vi.advanceTimersByTime(30 * DAY_MS - 1);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
});

describe('within', () => {
  const late = (): Error => new Error('too late');

  it('gives the outcome of work that settles in time, and leaves no timer behind', async () => {
    expect(await within(Promise.resolve(7), 10, late)).toBe(7);
    await expect(within(Promise.reject(new Error('x')), 10, late)).rejects.toThrow('x');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects with the given error when work does not settle in time, and ignores what it says later', async () => {
    const work = Promise.withResolvers<number>();
    const outcome = within(work.promise, 10, late);
    vi.advanceTimersByTime(10);
    await expect(outcome).rejects.toThrow('too late');
    work.reject(new Error('later'));
    await work.promise.catch(() => undefined);
  });
});

describe('unlessAborted', () => {
  it('gives the outcome of work that settles before the signal is aborted', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(unlessAborted(Promise.reject(new Error('x')), signal)).rejects.toThrow('x');
  });

  it('rejects with the reason of the signal as soon as it is aborted', async () => {
    const controller = new AbortController();
    const outcome = unlessAborted(new Promise(() => undefined), controller.signal);
    controller.abort(new Error('the lease was lost'));
    await expect(outcome).rejects.toThrow('the lease was lost');
    await expect(unlessAborted(Promise.resolve(7), controller.signal)).rejects.toThrow('the lease was lost');
  });
});

describe('onAbort', () => {
  it('calls at the abort, at once when the signal is aborted already, and not after it was taken back', () => {
    const controller = new AbortController();
    const [heard, takenBack, late] = [vi.fn(), vi.fn(), vi.fn()];
    onAbort(controller.signal, heard);
    onAbort(controller.signal, takenBack)();
    controller.abort();
    onAbort(controller.signal, late);
    expect([heard, takenBack, late].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 1]);
  });
});
