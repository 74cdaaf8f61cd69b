import type { Job } from '@precedent/client';
import type { HoldKind } from '../behind.ts';
import { monotonicMs } from '../clock.ts';
import { TASKS } from '../tasks.ts';
import { connectTo } from './connection.ts';
import type { ConnectionParams } from './connection.ts';
import { holdingBy } from './holding.ts';
import { program } from './program.ts';

export interface WorkerParams extends ConnectionParams {
  readonly slots: number;
  readonly name?: string;
  readonly pools?: readonly string[];
  /** Express slots; as many as usual when left out. */
  readonly express?: number;
  /** What a task that holds a slot does. */
  readonly hold?: HoldKind;
}

export interface WorkerResult {
  /** Of each mark, in the order of their starts: milliseconds from its submission to the start of its handler. */
  readonly startDelaysMs: readonly number[];
  /** When each task that holds a slot ended, by the clock of the system. */
  readonly endsMs: readonly number[];
}

program(
  async (
    { slots, name = 'bench', pools = ['default'], hold = 'ignores', express, ...connection }: WorkerParams,
    { ready, stop },
  ): Promise<WorkerResult> => {
    const client = await connectTo(connection, 'bench-worker');
    const startDelaysMs: number[] = [];
    const endsMs: number[] = [];
    const holding = holdingBy(hold, () => void endsMs.push(monotonicMs()));
    const handlers = {
      [TASKS.noop]: () => Promise.resolve(undefined),
      [TASKS.hold]: holding.handler,
      [TASKS.mark]: (job: Job) => {
        startDelaysMs.push(monotonicMs() - (job.task.payload as { sentAt: number }).sentAt);
        return Promise.resolve(undefined);
      },
    };
    const worker = client.worker({
      name,
      handlers,
      slots,
      pools,
      drainMs: 1_000,
      ...(express !== undefined && { express }),
    });
    await worker.start();
    ready();
    await stop;
    await worker.stop();
    await client.close();
    holding.close();
    return { startDelaysMs, endsMs };
  },
);
