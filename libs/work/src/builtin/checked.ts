import type { Job } from '@precedent/contract-types';
import type { Executor, ExecutorContext } from '@precedent/ports';
import { refuseIfStopped } from '../stop.ts';

/** Turns a payload into a call. Throws INVALID_TASK with an issue for every field that is wrong. */
export type Parse<Call> = (payload: unknown) => Call;

/** Runs a call whose payload is valid. */
export type RunCall<Call> = (call: Call, job: Job, context: ExecutorContext) => Promise<unknown>;

/** An executor that checks its payload before anything else. */
export const checked =
  <Call>(parse: Parse<Call>, run: RunCall<Call>): Executor =>
  async (job, context) => {
    refuseIfStopped(context.signal);
    return await run(parse(job.task.payload), job, context);
  };
