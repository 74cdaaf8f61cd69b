import { connect, isolated } from '@precedent/client';
import { TASKS } from '../tasks.ts';
import { delay, noop } from './isolated-handlers.ts';
import { program } from './program.ts';

export interface IsolateWorkerParams {
  readonly url: string;
  readonly slots: number;
}

const module = new URL('./isolated-handlers.ts', import.meta.url);

/** Runs the same handlers in its process and in warm threads. */
program(async ({ url, slots }: IsolateWorkerParams, { ready, stop }): Promise<undefined> => {
  const client = await connect({ servers: url, name: 'bench-isolate' });
  const handlers = {
    [TASKS.noop]: noop,
    [TASKS.delay]: delay,
    [TASKS.isolatedNoop]: isolated({ in: 'thread', module, export: 'noop', warm: slots }),
    [TASKS.isolatedDelay]: isolated({ in: 'thread', module, export: 'delay' }),
    [TASKS.isolatedBlock]: isolated({ in: 'thread', module, export: 'block', warm: 0 }),
  };
  const worker = client.worker({ name: 'bench', handlers, slots, express: 0 });
  await worker.start();
  ready();
  await stop;
  await worker.stop();
  await client.close();
  return undefined;
});
