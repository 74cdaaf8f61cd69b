import type { Assignment } from '@precedent/contract-types';
import type { Client } from '../client.ts';
import { connect } from '../node.ts';
import type { Handler, Job, JobContext } from '../worker/handler.ts';
import type { WorkerOptions } from '../worker/options.ts';
import type { Worker } from '../worker/worker.ts';
import { Probe } from '@precedent/kernel';
import { anAssignment, scriptedEngine } from './scripted-engine.ts';
import type { ScriptedEngine } from './scripted-engine.ts';

/** A handler that the test lets go on. */
export interface HeldRun {
  readonly job: Job;
  readonly context: JobContext;
  readonly resolve: (result?: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface WorkerWorld {
  readonly client: Client;
  readonly engine: ScriptedEngine;
  readonly worker: Worker;
  /** One hit for each start of the handler `hold`. */
  readonly runs: Probe<HeldRun>;
  readonly assign: (...tasks: Partial<Assignment>[]) => void;
  readonly close: () => Promise<void>;
}

/** A worker with the handlers `echo` (returns its payload), `hold`, and those given; nothing is started. */
export const workerWorld = async (
  url: string,
  { handlers = {}, ...options }: Partial<WorkerOptions> = {},
): Promise<WorkerWorld> => {
  const engine = await scriptedEngine(url);
  await engine.serveWorkers();
  const client = await connect({ servers: url, root: engine.root });
  const runs = new Probe<HeldRun>();
  runs.arm();
  const hold: Handler = (job, context) =>
    new Promise((resolve, reject) => runs.hit({ job, context, resolve, reject }));
  const echo: Handler = (job) => Promise.resolve(job.task.payload);
  const worker = client.worker({ name: 'w', drainMs: 50, ...options, handlers: { echo, hold, ...handlers } });
  return {
    client,
    engine,
    worker,
    runs,
    assign: (...tasks) => engine.assign(worker.session, ...tasks.map(anAssignment)),
    close: async () => {
      await worker.stop();
      await client.close();
      await engine.close();
    },
  };
};
