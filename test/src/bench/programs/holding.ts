import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isolated } from '@precedent/client';
import type { Handler, WorkerOptions } from '@precedent/client';
import { commandExecutor } from '@precedent/work';
import type { HoldKind } from '../behind.ts';

interface Holding {
  readonly handler: WorkerOptions['handlers'][string];
  readonly close: () => void;
}

/** What holds a slot for the milliseconds in the payload of its task. `ended` is called when a handler of this process has waited. */
export const holdingBy = (kind: HoldKind, ended: () => void): Holding => {
  const close = (): void => undefined;
  switch (kind) {
    case 'ignores':
      return { handler: ({ task }) => pause(msOf(task.payload)).then(ended), close };
    case 'stops':
      return {
        handler: ({ task }, { signal }) => pause(msOf(task.payload), undefined, { signal }).then(ended),
        close,
      };
    case 'checks':
      return { handler: ({ task }, { signal }) => checking(msOf(task.payload), signal).then(ended), close };
    case 'cpu': {
      const module = new URL('isolated-handlers.ts', import.meta.url);
      return { handler: isolated({ in: 'thread', module, export: 'compute', warm: 11 }), close };
    }
    case 'command':
      return commands();
  }
};

const msOf = (payload: unknown): number => (payload as { readonly ms: number }).ms;

const CHECK_EVERY_MS = 100;

const checking = async (ms: number, signal: AbortSignal): Promise<void> => {
  for (const end = performance.now() + ms; performance.now() < end; await pause(CHECK_EVERY_MS))
    signal.throwIfAborted();
};

/** The command executor of the built-in worker. */
const commands = (): Holding => {
  const checkpointRoot = mkdtempSync(path.join(os.tmpdir(), 'precedent-bench-commands-'));
  const execute = commandExecutor({ logBytes: 1_024, checkpointRoot, umask: undefined });
  let count = 0;
  const handler: Handler = (job, context) => {
    const trap = count++ % 2 === 0 ? '' : "trap '' TERM; ";
    const command = `${trap}sleep ${msOf(job.task.payload) / 1_000}`;
    return execute({ ...job, task: { command: 'sh', args: ['-c', command] } }, context);
  };
  return { handler, close: () => rmSync(checkpointRoot, { recursive: true, force: true }) };
};
