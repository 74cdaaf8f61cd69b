import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppendWindow } from './append-window.ts';
import type { SentAppend } from './append-window.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const setup = () => {
  const late: number[] = [];
  const window = new AppendWindow(100, ({ expected }) => void late.push(expected));
  const add = (number: number): void => {
    const append: SentAppend = {
      number,
      expected: number,
      sentAt: performance.now(),
      resolve: () => undefined,
      reject: () => undefined,
    };
    window.add(append);
  };
  return { window, late, add };
};

describe('the window of unanswered appends', () => {
  it('gives up each append at its own time', () => {
    const { late, add } = setup();
    add(1);
    vi.advanceTimersByTime(60);
    add(2);
    vi.advanceTimersByTime(39);
    expect(late).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(late).toEqual([1]);
    vi.advanceTimersByTime(59);
    expect(late).toEqual([1]);
    vi.advanceTimersByTime(1);
    expect(late).toEqual([1, 2]);
  });

  it('does not give up what was answered', () => {
    const { window, late, add } = setup();
    add(1);
    add(2);
    expect(window.take(1)?.expected).toBe(1);
    expect(window.take(1)).toBeUndefined();
    expect(window.has(2)).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(late).toEqual([2]);
    expect(window.has(2)).toBe(false);
  });

  it('watches again after it was empty', () => {
    const { window, late, add } = setup();
    add(1);
    window.takeAll();
    vi.advanceTimersByTime(1_000);
    add(2);
    vi.advanceTimersByTime(100);
    expect(late).toEqual([2]);
  });
});
