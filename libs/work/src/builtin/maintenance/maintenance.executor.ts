import type { Job } from '@precedent/contract-types';
import { problemOf } from '@precedent/kernel';
import { userCollection } from '@precedent/ports';
import type { Executor, ExecutorContext, ObjectStore, Upkeep, VectorIndex } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import type { RootedFiles } from '../files/rooted-files.ts';
import { isCount, resumed, safePoint } from '../safe-point.ts';
import { taskObjects } from '../storage/task-objects.ts';
import { backup } from './backup.ts';
import type { BackupCall } from './backup.ts';
import { optimise } from './optimise.ts';

/** A checked `system.maintenance` payload. */
export type MaintenanceCall =
  | { readonly operation: 'verify' }
  | {
      readonly operation: 'retention';
      /** Milliseconds. */
      readonly olderThan: number;
      readonly prefix: string;
      readonly collections: readonly string[];
      readonly dryRun: boolean;
    }
  | { readonly operation: 'optimise' }
  | BackupCall;

type Retention = Extract<MaintenanceCall, { operation: 'retention' }>;

export interface MaintenanceOptions {
  readonly parse: Parse<MaintenanceCall>;
  readonly objects: ObjectStore;
  readonly vectors: VectorIndex;
  readonly embedder: EmbedderSource;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly files: RootedFiles;
  /** In the order in which they have to be saved. */
  readonly upkeep: readonly Upkeep[];
  /** Where backups go when a task names no folder. */
  readonly backupsDir: string;
}

/**
 * `verify` and `retention` are of the task's own namespace, `optimise` and `backup` of all. Rejects with INVALID_TASK, HISTORY_UNAVAILABLE,
 * NATS_UNREACHABLE, VECTORS_UNAVAILABLE or the error of a stop.
 */
export const maintenanceExecutor = (options: MaintenanceOptions): Executor =>
  checked(options.parse, async (call, job, context) => {
    switch (call.operation) {
      case 'verify':
        return await verify(options, job, context);
      case 'retention':
        return await retain(call, options, job, context);
      case 'optimise':
        return await optimise(options.upkeep, context);
      case 'backup':
        return await backup(call, options, job, context);
    }
  });

/** How far the task is. */
interface MaintenanceState {
  readonly kind: typeof MAINTENANCE_STATE;
  /** The last object that is done. */
  readonly after: string;
  readonly done: number;
  readonly problems: readonly string[];
}

const MAINTENANCE_STATE = 'maintenance/1';
const PROBLEMS_MAX = 100;
/** Objects between two regular checkpoints. */
const CHECKPOINT_EVERY = 50;

const startOf = (context: ExecutorContext): MaintenanceState =>
  resumed<MaintenanceState>(
    context,
    MAINTENANCE_STATE,
    ({ after, done, problems }) => typeof after === 'string' && isCount(done) && Array.isArray(problems),
  ) ?? { kind: MAINTENANCE_STATE, after: '', done: 0, problems: [] };

/** Calls `step` for each name behind the last one that is done. `step` resolves to a problem, or to `undefined`. */
const eachObject = async (
  names: readonly string[],
  context: ExecutorContext,
  step: (name: string) => Promise<string | undefined>,
): Promise<MaintenanceState> => {
  let state = startOf(context);
  const todo = names.filter((name) => name > state.after);
  for (const name of todo) {
    const problem = await step(name);
    const problems =
      problem === undefined ? state.problems : [...state.problems, problem].slice(0, PROBLEMS_MAX);
    state = { ...state, after: name, done: state.done + 1, problems };
    const fraction = Math.min(1, state.done / Math.max(1, names.length));
    context.progress(fraction, `${state.done} objects`);
    await safePoint(context, state, { due: state.done % CHECKPOINT_EVERY === 0, fresh: true, fraction });
  }
  return state;
};

const verify = async (options: MaintenanceOptions, job: Job, context: ExecutorContext): Promise<unknown> => {
  const objects = taskObjects(options.objects, job);
  const names = (await objects.list('')).map(({ name }) => name);
  const { done, problems } = await eachObject(names, context, async (name) => {
    const bytes = await objects.get(name).catch((error: unknown) => problemOf(error).message);
    return typeof bytes === 'string' ? `object ${name}: ${bytes}` : undefined;
  });
  const parts = await Promise.all([
    problemIn('vector index', () => options.vectors.ping()),
    problemIn('embedding model', async () => (await options.embedder()).embed(['verify'])),
  ]);
  const all = [...problems, ...parts.filter((problem) => problem !== undefined)];
  return { ok: all.length === 0, checked: { objects: done, parts: parts.length }, problems: all };
};

const problemIn = async (name: string, look: () => Promise<unknown>): Promise<string | undefined> => {
  try {
    await look();
    return undefined;
  } catch (error) {
    return `${name}: ${problemOf(error).message}`;
  }
};

const retain = async (
  { olderThan, prefix, collections, dryRun }: Retention,
  { objects: store, vectors, now }: MaintenanceOptions,
  job: Job,
  context: ExecutorContext,
): Promise<unknown> => {
  const { namespace } = job;
  const before = now() - olderThan;
  const objects = taskObjects(store, job);
  const old = (await objects.list(prefix)).filter(({ at }) => at < before).map(({ name }) => name);
  const { done } = await eachObject(old, context, async (name) => {
    if (!dryRun) await objects.remove(name);
    return undefined;
  });
  let points = 0;
  const known = new Set(await vectors.collections());
  for (const name of collections.map(userCollection).filter((one) => known.has(one))) {
    const filter = { namespace, ranges: { at: { to: before } } };
    points += await vectors.count(name, filter);
    if (!dryRun) await vectors.remove(name, filter);
    context.heartbeat();
  }
  return { removed: { objects: done, points }, dryRun };
};
