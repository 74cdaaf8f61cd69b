import type { StopReason } from '@precedent/contracts';
import { LIMITS } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';

/** Why running code is asked to stop; the reason of the context's AbortSignal. */
export interface StopRequest {
  readonly reason: StopReason;
  /** Milliseconds until the code is ended by force; a handler inside this process cannot be, so it should obey. */
  readonly graceMs: number;
}

/** One attempt to run. */
export interface Job {
  readonly id: string;
  readonly epoch: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  readonly task: {
    readonly name?: string;
    readonly payload?: unknown;
    readonly command?: string;
    readonly args?: readonly string[];
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly traceparent?: string;
  };
}

/** What running code may do beside its work. Each of them may be taken out of the object and used alone. */
export interface JobContext {
  /** Aborted with a `StopRequest` as its reason. The code should end within `graceMs`. */
  readonly signal: AbortSignal;
  /** 0 to 1. Also a sign of life. At most ten a second are sent; the last one always is. */
  readonly progress: (fraction: number, message?: string) => void;
  /** A sign of life, for tasks with a heartbeat timeout. */
  readonly heartbeat: () => void;
  /** Keeps output as the attempt's log, up to the worker's cap. Also a sign of life. */
  readonly log: (stream: 'stdout' | 'stderr' | 'log', text: string) => void;
}

/**
 * Runs one attempt; what it resolves to is the task's result (JSON). An `AppError` keeps its code, any other error becomes
 * HANDLER_FAILED under its name; `retryable: false` on the error means: never again. The slot is free when it settles.
 */
export type Handler = (job: Job, context: JobContext) => Promise<unknown>;

export interface WorkerOptions {
  /** Stable over restarts: a new session of the same worker ends the old one. Random when left out. */
  readonly name?: string;
  /** What runs a task of each type. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** The types to be given. All that have a handler when left out. */
  readonly types?: readonly string[];
  /** Tasks at the same time, 1 to 10,000. 10 when left out. */
  readonly slots?: number;
  /** `['default']` when left out. */
  readonly pools?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly resources?: { readonly cpu?: number; readonly memoryMb?: number; readonly gpu?: number };
  /** Shown beside the worker's name. */
  readonly version?: string;
  /** Milliseconds that `stop` lets running tasks go on. 10 s when left out. */
  readonly drainMs?: number;
  /** Bytes of log that one attempt may keep. 1 MiB when left out. */
  readonly logBytes?: number;
  /** `start` resolves when an engine has answered (true, as when left out), or as soon as the worker listens. */
  readonly waitForEngine?: boolean;
  /** Told of each change of state. */
  readonly onState?: (state: WorkerState) => void;
}

/** seeking: no engine answers, tasks that run go on until their leases end. */
export type WorkerState = 'idle' | 'seeking' | 'ready' | 'draining' | 'stopped';

/** The options with nothing left out. */
export interface WorkerPlan {
  readonly name: string;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly types: readonly string[];
  readonly slots: number;
  readonly pools: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: { readonly cpu?: number; readonly memoryMb?: number; readonly gpu?: number };
  readonly version: string;
  readonly drainMs: number;
  readonly logBytes: number;
}

/** Throws INVALID_CONFIG for a type without a handler, no handler at all, or slots out of bounds. */
export const planOf = (options: WorkerOptions, newId: () => string): WorkerPlan => {
  const handlers = new Map(Object.entries(options.handlers));
  const types = options.types ?? [...handlers.keys()];
  const slots = options.slots ?? 10;
  refuseBad(types, handlers, slots);
  return {
    name: options.name ?? `worker-${newId()}`,
    handlers,
    types,
    slots,
    pools: options.pools ?? ['default'],
    labels: options.labels ?? {},
    resources: options.resources ?? {},
    version: options.version ?? '0.1.0',
    drainMs: options.drainMs ?? 10_000,
    logBytes: options.logBytes ?? 1024 * 1024,
  };
};

const refuseBad = (types: readonly string[], handlers: ReadonlyMap<string, Handler>, slots: number): void => {
  const orphan = types.find((type) => typeof handlers.get(type) !== 'function');
  if (orphan !== undefined)
    throw new AppError('INVALID_CONFIG', `the worker has no handler for tasks of type ${orphan}`);
  if (types.length === 0) throw new AppError('INVALID_CONFIG', 'a worker needs at least one handler');
  if (Number.isInteger(slots) && slots >= 1 && slots <= LIMITS.slotsPerWorker) return;
  throw new AppError('INVALID_CONFIG', `a worker has 1 to ${LIMITS.slotsPerWorker} slots; got ${slots}`);
};
