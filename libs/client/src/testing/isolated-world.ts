import type { SettledLease, StopReason } from '@precedent/contract-types';
import type { IsolatedHandler, IsolatedOptions } from '../worker/isolation/isolated-handler.ts';
import { isolated } from '../worker/isolation/isolated.ts';
import type { WorkerWorld } from './worker-world.ts';

const HANDLERS = new URL('./isolated-handlers.ts', import.meta.url);
const UNCOOPERATIVE = new URL('./uncooperative.ts', import.meta.url);

/** A handler of `isolated-handlers.ts`. */
export const ofTests = (name: string, options: Omit<IsolatedOptions, 'module' | 'export'>): IsolatedHandler =>
  isolated({ module: HANDLERS, export: name, ...options });

/** A handler of `uncooperative.ts`. */
export const uncooperative = (name: string, kind: IsolatedOptions['in']): IsolatedHandler =>
  isolated({ module: UNCOOPERATIVE, export: name, in: kind, warm: 0 });

/** The same handler, with the number of its threads or processes. */
export const counted = (
  handler: IsolatedHandler,
): { readonly handler: IsolatedHandler; readonly live: () => number } => {
  let live = 0;
  const launch: IsolatedHandler['launch'] = (options, listener) => {
    live++;
    const ended: typeof listener.ended = (end) => {
      live--;
      listener.ended(end);
    };
    return handler.launch(options, { ...listener, ended });
  };
  return { handler: { ...handler, launch }, live: () => live };
};

/** Resolves when each of the tasks has reported progress: to the last message of each. */
export const progressOf = async (
  { engine }: WorkerWorld,
  ids: readonly string[],
): Promise<Readonly<Record<string, string | undefined>>> => {
  const seen: Record<string, string | undefined> = {};
  while (ids.some((id) => !(id in seen))) {
    const { id, message } = await engine.progress.next();
    seen[id] = message;
  }
  return seen;
};

/** Resolves when each of the tasks has settled. */
export const settledOf = async (
  { engine }: WorkerWorld,
  ids: readonly string[],
): Promise<Readonly<Record<string, SettledLease>>> => {
  const settled: Record<string, SettledLease> = {};
  while (ids.some((id) => !(id in settled))) {
    const lease = await engine.settled.next();
    settled[lease.id] = lease;
  }
  return settled;
};

/** Sends a stop to the first lease of each task. */
export const stopAll = (
  { engine, worker }: WorkerWorld,
  ids: readonly string[],
  request: { readonly reason: StopReason; readonly graceMs: number },
): void =>
  engine.signal(worker.session, ...ids.map((id) => ({ kind: 'stop' as const, id, epoch: 1, ...request })));
