import { ANY } from '@precedent/contract-types';
import type { Resources } from '@precedent/tasks';

/** What a task asks of the worker that runs it. */
export interface Placement {
  readonly type: string;
  readonly pool: string;
  readonly resources: Resources;
  readonly security?: string | undefined;
}

/** What a worker offers. */
export interface WorkerOffer {
  readonly types: readonly string[];
  readonly pools: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: Resources;
  /** Security labels of tasks that it may run; `*` among them: all. None when left out. */
  readonly clearances?: readonly string[] | undefined;
}

/** The first thing that a worker lacks for a task, in words; `undefined` when it fits. */
export const lacks = (offer: WorkerOffer, need: Placement): string | undefined => {
  if (!offer.types.includes(need.type)) return `type ${need.type}`;
  if (!offer.pools.includes(need.pool)) return `pool ${need.pool}`;
  if (!isCleared(offer, need)) return `the clearance for ${need.security}`;
  return lacksLabel(offer, need.resources) ?? lacksAmount(offer, need.resources);
};

/** Whether a worker may run tasks of this security label; everyone may run those without one. */
const isCleared = (
  { clearances = [] }: Pick<WorkerOffer, 'clearances'>,
  { security }: Pick<Placement, 'security'>,
): boolean => security === undefined || clearances.includes(security) || clearances.includes(ANY);

const lacksLabel = (offer: WorkerOffer, need: Resources): string | undefined => {
  for (const [name, value] of Object.entries(need.labels ?? {})) {
    if (offer.labels[name] !== value) return `label ${name}=${value}`;
  }
  return undefined;
};

const lacksAmount = (offer: WorkerOffer, need: Resources): string | undefined => {
  for (const resource of ['cpu', 'memoryMb', 'gpu'] as const) {
    const wanted = need[resource] ?? 0;
    // A worker that does not say how much it has is not held to an amount, except for GPUs: those it must name.
    const had = offer.resources[resource] ?? (resource === 'gpu' ? 0 : wanted);
    if (wanted > had) return `${resource} ${wanted}, it has ${had}`;
  }
  return undefined;
};

/** Equal for two tasks exactly when every worker that fits one fits the other. */
export const placementKey = ({ type, pool, resources, security }: Placement): string => {
  // An amount of nothing is no amount, and no labels ask as little as labels that were left out.
  const { cpu = 0, memoryMb = 0, gpu = 0, labels = {} } = resources;
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const label = security === undefined ? [] : [security];
  return JSON.stringify([type, pool, cpu, memoryMb, gpu, sorted, ...label]);
};
