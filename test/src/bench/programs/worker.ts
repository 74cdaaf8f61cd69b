import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@precedent/client';
import type { Job, JobContext } from '@precedent/client';
import { monotonicMs } from '../clock.ts';
import { TASKS } from '../tasks.ts';
import { program } from './program.ts';

export interface WorkerParams {
  readonly url: string;
  readonly slots: number;
  readonly name?: string;
  readonly pools?: readonly string[];
  /** Whether tasks that hold a slot end when they are aborted. */
  readonly stops?: boolean;
}

export interface WorkerResult {
  /** Of each mark, in the order of their starts: milliseconds from its submission to the start of its handler. */
  readonly startDelaysMs: readonly number[];
  /** When each task that holds a slot ended, by the clock of the system. */
  readonly endsMs: readonly number[];
}

program(
  async (
    { url, slots, name = 'bench', pools = ['default'], stops = false }: WorkerParams,
    { ready, stop },
  ): Promise<WorkerResult> => {
    const client = await connect({ servers: url, name: 'bench-worker' });
    const startDelaysMs: number[] = [];
    const endsMs: number[] = [];
    const handlers = {
      [TASKS.noop]: () => Promise.resolve(undefined),
      [TASKS.hold]: async (job: Job, { signal }: JobContext) => {
        await pause((job.task.payload as { ms: number }).ms, undefined, stops ? { signal } : {});
        endsMs.push(monotonicMs());
      },
      [TASKS.mark]: (job: Job) => {
        startDelaysMs.push(monotonicMs() - (job.task.payload as { sentAt: number }).sentAt);
        return Promise.resolve(undefined);
      },
    };
    const worker = client.worker({ name, handlers, slots, pools, drainMs: 1_000 });
    await worker.start();
    ready();
    await stop;
    await worker.stop();
    await client.close();
    return { startDelaysMs, endsMs };
  },
);
