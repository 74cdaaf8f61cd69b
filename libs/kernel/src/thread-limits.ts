/** What a thread may take, in the terms of `Worker` of `node:worker_threads`; in megabytes. */
export interface ThreadLimits {
  readonly maxYoungGenerationSizeMb: number;
  readonly maxOldGenerationSizeMb?: number;
}

/**
 * V8 lets new objects take 192 MB in Node 24. When a collection moves that many at once to the heap of a thread, it exceeds the 16 MB that
 * Node grants a thread to end by itself, and V8 ends the process.
 */
const YOUNG_MB = 48;

/** The limits of a thread whose JavaScript values may take `heapMb` megabytes, so that exceeding them ends the thread and not the process. */
export const threadLimits = (heapMb?: number): ThreadLimits => ({
  maxYoungGenerationSizeMb: YOUNG_MB,
  ...(heapMb !== undefined && { maxOldGenerationSizeMb: heapMb }),
});
