import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WaitingReaders } from './waiting-readers.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('waiting readers', () => {
  it('all go on when they are woken, and leave no timer behind', async () => {
    const readers = new WaitingReaders();
    const { signal } = new AbortController();
    const waits = [readers.next(signal), readers.next(signal, 1_000)];
    readers.wake();
    await Promise.all(waits);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('go on after their time, and when their signal is aborted, also before they wait', async () => {
    const readers = new WaitingReaders();
    const leaving = new AbortController();
    const [late, gone] = [readers.next(new AbortController().signal, 1_000), readers.next(leaving.signal)];
    vi.advanceTimersByTime(1_000);
    await late;
    leaving.abort();
    await gone;
    await readers.next(leaving.signal);
  });

  it('wait again when they were woken', async () => {
    const readers = new WaitingReaders();
    const { signal } = new AbortController();
    const first = readers.next(signal);
    readers.wake();
    await first;
    let isOver = false;
    const second = readers.next(signal).then(() => (isOver = true));
    await Promise.resolve();
    expect(isOver).toBe(false);
    readers.wake();
    await second;
  });
});
