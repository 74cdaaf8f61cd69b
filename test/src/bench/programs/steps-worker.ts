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

type Draft = { -readonly [Key in keyof Run]: Run[Key] };

/** Works unit by unit, and makes what is done durable every so often: the handler of the page about preemption. */
const work = async (draft: Draft, every: number, ctx: JobContext): Promise<void> => {
  const { units, unitMs, from, startedAt } = draft;
  for (let done = from; done < units;) {
    draft.worked++;
    // Late timers and checkpoints are made up for, so that a task takes as long as it says.
    const dueAt = startedAt + (done + 1 - from) * unitMs;
    await pause(Math.max(0, dueAt - monotonicMs()), undefined, { signal: ctx.signal });
    done++;
    if (every === 0 || done % every > 0 || done === units) continue;
    await ctx.checkpoint({ done }, { thenYield: false });
    draft.kept = done;
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
    const { every, ...told } = payload as StepsPayload;
    const from = (ctx.resume?.state as { done: number } | undefined)?.done ?? 0;
    const draft: Draft = {
      ...told,
      task,
      startedAt,
      endedAt: 0,
      from,
      worked: 0,
      kept: from,
      end: 'stopped',
    };
    try {
      await work(draft, every, ctx);
      draft.end = 'completed';
    } catch (error) {
      draft.end = endOf(error, ctx);
      throw error;
    } finally {
      draft.endedAt = monotonicMs();
      runs.push(draft);
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
