/**
 * Milliseconds of the system's monotonic clock. All processes of a machine read the same one, so a moment of one process can
 * be taken from a moment of another, which wall clocks and `performance.now()` do not allow.
 */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
