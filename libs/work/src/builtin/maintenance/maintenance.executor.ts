import { problemOf } from '@precedent/kernel';
import { userCollection } from '@precedent/ports';
import type { Executor, Job, JobContext, ObjectStore, VectorIndex } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import { isCount, resumed, safePoint } from '../safe-point.ts';
import { taskObjects } from '../storage/task-objects.ts';

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
    };

type Retention = Extract<MaintenanceCall, { operation: 'retention' }>;

export interface MaintenanceOptions {
  readonly parse: Parse<MaintenanceCall>;
  readonly objects: ObjectStore;
  readonly vectors: VectorIndex;
  readonly embedder: EmbedderSource;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Of the task's own namespace. Rejects with INVALID_TASK, NATS_UNREACHABLE, VECTORS_UNAVAILABLE or the error of a stop. */
export const maintenanceExecutor = (options: MaintenanceOptions): Executor =>
  checked(options.parse, async (call, job, context) =>
    call.operation === 'verify'
      ? await verify(options, job, context)
      : await retain(call, options, job, context),
  );

/** What has been seen to so far. */
interface MaintenanceState {
  readonly kind: typeof MAINTENANCE_STATE;
  /** The last object that is done. */
  readonly after: string;
  readonly done: number;
  readonly problems: readonly string[];
}

const MAINTENANCE_STATE = 'maintenance/1';
const PROBLEMS_MAX = 100;
/** Objects between two checkpoints that nobody asked for. */
const KEPT_EVERY = 50;

const startOf = (context: JobContext): MaintenanceState =>
  resumed<MaintenanceState>(
    context,
    MAINTENANCE_STATE,
    ({ after, done, problems }) => typeof after === 'string' && isCount(done) && Array.isArray(problems),
  ) ?? { kind: MAINTENANCE_STATE, after: '', done: 0, problems: [] };

/** Calls `step` for each name behind the last one done; what it resolves to is a problem. */
const eachObject = async (
  names: readonly string[],
  context: JobContext,
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
    await safePoint(context, state, { due: state.done % KEPT_EVERY === 0, fresh: true, fraction });
  }
  return state;
};

const verify = async (options: MaintenanceOptions, job: Job, context: JobContext): Promise<unknown> => {
  const objects = taskObjects(options.objects, job.namespace);
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
  { namespace }: Job,
  context: JobContext,
): Promise<unknown> => {
  const before = now() - olderThan;
  const objects = taskObjects(store, namespace);
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
