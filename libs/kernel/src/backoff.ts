/**
 * Milliseconds to wait before a repeat. `repeat` is 0 for the first one, which waits `firstMs`; each later one waits `factor` times as
 * long, and none longer than `maxMs`.
 */
export const backoffMs = (repeat: number, firstMs: number, maxMs: number, factor = 2): number =>
  Math.min(maxMs, firstMs * Math.min(factor ** Math.max(0, repeat), Number.MAX_VALUE));
