import { setTimeout as pause } from 'node:timers/promises';
import { connect, isYield } from '@precedent/client';
import type { Job, JobContext, StopRequest } from '@precedent/client';
import { monotonicMs } from '../clock.ts';
import type { Run, StepsPayload } from '../runs.ts';
import { TASKS } from '../tasks.ts';
import { program } from './program.ts';

export interface StepsWorkerParams {
  readonly url: string;
  readonly slots: number;
}

type MutableRun = { -readonly [Key in keyof Run]: Run[Key] };

/** Works unit by unit, and makes what is done durable every so often: the handler of the page about preemption. */
const work = async (run: MutableRun, every: number, ctx: JobContext): Promise<void> => {
  const { units, unitMs, from, startedAt } = run;
  for (let done = from; done < units;) {
    run.worked++;
    // Late timers and checkpoints are made up for, so that a task takes as long as it says.
    const dueAt = startedAt + (done + 1 - from) * unitMs;
    await pause(Math.max(0, dueAt - monotonicMs()), undefined, { signal: ctx.signal });
    done++;
    if (every === 0 || done % every > 0 || done === units) continue;
    await ctx.checkpoint({ done }, { thenYield: false });
    run.durable = done;
    ctx.yieldIfRequested();
  }
};

const endOf = (error: unknown, { signal }: JobContext): Run['end'] => {
  const reason = isYield(error) ? error.request?.reason : (signal.reason as StopRequest | undefined)?.reason;
  return reason === 'preempted' ? 'preempted' : 'stopped';
};

/** Resolves to every run of the tasks that it was given. */
program(async ({ url, slots }: StepsWorkerParams, { ready, stop }): Promise<readonly Run[]> => {
  const client = await connect({ servers: url, name: 'bench-steps' });
  const runs: Run[] = [];
  const steps = async ({ id: task, task: { payload } }: Job, ctx: JobContext): Promise<void> => {
    const startedAt = monotonicMs();
    const { every, ...planned } = payload as StepsPayload;
    const from = (ctx.resume?.state as { done: number } | undefined)?.done ?? 0;
    const run: MutableRun = {
      ...planned,
      task,
      startedAt,
      endedAt: 0,
      from,
      worked: 0,
      durable: from,
      end: 'stopped',
    };
    try {
      await work(run, every, ctx);
      run.end = 'completed';
    } catch (error) {
      run.end = endOf(error, ctx);
      throw error;
    } finally {
      run.endedAt = monotonicMs();
      runs.push(run);
    }
  };
  const worker = client.worker({ name: 'bench', handlers: { [TASKS.steps]: steps }, slots });
  await worker.start();
  ready();
  await stop;
  await worker.stop({ forceMs: 0 });
  await client.close();
  return runs;
});
