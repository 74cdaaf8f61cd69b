import { connect } from '@precedent/client';
import type { Job, JobContext } from '@precedent/client';
import { monotonicMs } from '../clock.ts';
import { TASKS } from '../tasks.ts';
import { program } from './program.ts';

export interface PathWorkerParams {
  readonly url: string;
  readonly slots: number;
}

/** Milliseconds of `monotonicMs`. */
export interface PathWorkerResult {
  /** When each victim was requested to yield. */
  readonly requestedMs: readonly number[];
  /** When each victim had left, its checkpoint being durable. */
  readonly leftMs: readonly number[];
  readonly startedMs: readonly number[];
}

/**
 * Runs tasks that hold their slot until they are requested to yield, leave at once with a checkpoint, and end when they are resumed: a task that
 * is preempted again and again opens the circuit breaker. There are no express slots.
 */
program(async ({ url, slots }: PathWorkerParams, { ready, stop }): Promise<PathWorkerResult> => {
  const client = await connect({ servers: url, name: 'bench-path' });
  const result = { requestedMs: [] as number[], leftMs: [] as number[], startedMs: [] as number[] };
  const hold = async (_: Job, ctx: JobContext): Promise<void> => {
    if (ctx.resume !== undefined) return;
    const requested = Promise.withResolvers<void>();
    const onYield = (): void => {
      result.requestedMs.push(monotonicMs());
      requested.resolve();
    };
    ctx.yieldSignal.addEventListener('abort', onYield, { once: true });
    await requested.promise;
    try {
      await ctx.checkpoint({});
    } finally {
      result.leftMs.push(monotonicMs());
    }
  };
  const mark = (): Promise<undefined> => {
    result.startedMs.push(monotonicMs());
    return Promise.resolve(undefined);
  };
  const handlers = { [TASKS.hold]: hold, [TASKS.mark]: mark };
  const worker = client.worker({ name: 'bench', handlers, slots, express: 0 });
  await worker.start();
  ready();
  await stop;
  await worker.stop({ forceMs: 0 });
  await client.close();
  return result;
});
