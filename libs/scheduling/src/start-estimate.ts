import { Heap } from '@precedent/kernel';
import type { Spread } from './spread.ts';

/** Who is before a waiting task, on the slots that fit it. */
export interface Line {
  /** Slots that nothing runs in. */
  readonly free: number;
  /** What runs in the others, and how much longer; a slot that is not listed never becomes free. */
  readonly running: readonly Spread[];
  /** How long those take that go before it, in their order. */
  readonly ahead: readonly Spread[];
}

/**
 * When a task starts if no other task comes and none is preempted: each of those before it takes the slot that is free first. The
 * ends are of a day on which all are quick, and of one on which all are slow, so the interval is rather too wide than too narrow.
 * `undefined` without a slot.
 */
export const startEstimate = (line: Line): Spread | undefined => {
  if (line.free + line.running.length === 0) return undefined;
  return { p10: startAt(line, 'p10'), p50: startAt(line, 'p50'), p90: startAt(line, 'p90') };
};

const startAt = ({ free, running, ahead }: Line, quantile: keyof Spread): number => {
  const freeAt = new Heap<number>((a, b) => a - b);
  for (let slot = 0; slot < Math.min(free, ahead.length + 1); slot++) freeAt.push(0);
  for (const one of running) freeAt.push(one[quantile]);
  for (const one of ahead) freeAt.push((freeAt.pop() ?? 0) + one[quantile]);
  return freeAt.peek() ?? 0;
};
