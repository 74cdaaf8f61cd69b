import type { StopReason } from '@precedent/contract-types';
import type { HeldRun, WorkerWorld } from './worker-world.ts';
import { workerWorld } from './worker-world.ts';
import type { RollbackAction } from '../worker/handler.ts';

export type Made = WorkerWorld & { readonly done: string[] };
export type Held = Made & { readonly run: HeldRun };

/** A worker whose action `note` writes down its payload, and `fail` fails. */
export const rollbackWorld = async (
  url: string,
  more: Record<string, RollbackAction> = {},
): Promise<Made> => {
  const done: string[] = [];
  const note: RollbackAction = (payload, { id }) => {
    done.push(`${id} ${JSON.stringify(payload)}`);
    return Promise.resolve();
  };
  const fail: RollbackAction = () => Promise.reject(new Error('no such file'));
  const world = await workerWorld(url, { rollbacks: { note, fail, ...more } });
  await world.worker.start();
  return { ...world, done };
};

/** It runs the task `a`. */
export const holding = async (world: Made): Promise<Held> => {
  world.assign({ type: 'hold', id: 'a', epoch: 3 });
  return { ...world, run: await world.runs.next() };
};

/** Resolves when the worker has read it. */
export const stop = async ({ engine, worker }: WorkerWorld, reason: StopReason): Promise<void> => {
  engine.signal(worker.session, { kind: 'stop', id: 'a', epoch: 3, reason, graceMs: 70 }, { kind: 'ping' });
  await engine.heartbeats.next();
};

/** The steps that became durable so far, in short. */
export const durableSteps = async ({ engine }: WorkerWorld, count: number): Promise<string[]> => {
  const keeps = [];
  for (let n = 0; n < count; n++) keeps.push(await engine.keeps.next());
  return keeps.map(({ step }) =>
    step.kind === 'undone'
      ? `${step.seq} undone ${step.of} of lease ${step.ofEpoch}${step.error ? ' with an error' : ''}`
      : `${step.seq} ${step.kind}`,
  );
};
