import { LIMITS } from '@precedent/contracts';
import type { MachineLoad } from '@precedent/contract-types';
import { AppError, defaultExpress } from '@precedent/kernel';
import type { Handler, Job, RollbackAction } from './handler.ts';
import type { IsolatedHandler } from './isolation/isolated-handler.ts';
import type { AttemptHandler } from './isolation/isolated-pools.ts';
import { IsolatedPools } from './isolation/isolated-pools.ts';

export interface WorkerOptions {
  /** Stable over restarts: a new session of the same worker ends the old one. Random when left out. */
  readonly name?: string;
  /** What runs a task of each type: a function, or `isolated({…})` for one that runs in a thread or a process of its own. */
  readonly handlers: Readonly<Record<string, Handler | IsolatedHandler>>;
  /** The types to be given. All that have a handler when left out. */
  readonly types?: readonly string[];
  /**
   * Those of the types whose handlers say how they can be frozen (`context.suspendable`): the engine may freeze them, and
   * give their slots to urgent work. None when left out.
   */
  readonly suspends?: readonly string[];
  /** Tasks at the same time, 1 to 10,000. 10 when left out. */
  readonly slots?: number;
  /**
   * Tasks above its slots that it takes when urgent work finds all slots taken; 10,000 with its slots at most. One for ten slots, at least one, when
   * left out; 0: none. The engine returns to the slot count soon.
   */
  readonly express?: number;
  /**
   * Tasks that wait here, unstarted, so that one of them starts in the turn in which a slot ends; 10,000 with slots and express slots at most. The
   * engine assigns as many as short run times require. As many as slots when left out; 0: none.
   */
  readonly ahead?: number;
  /** `['default']` when left out. */
  readonly pools?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly resources?: { readonly cpu?: number; readonly memoryMb?: number; readonly gpu?: number };
  /** Shown next to the worker's name. */
  readonly version?: string;
  /** Of the code in `handlers`, kept with each checkpoint. `'1'` when left out; 64 characters at most. */
  readonly handlerVersion?: string;
  /**
   * Turns a checkpoint of another version into one of this. `undefined`, and an error, make the task start from zero, as
   * does a checkpoint of another version when this is left out.
   */
  readonly migrate?: Migrate;
  /** Whether the task may go on from this state; `false`, and an error, make it start from zero. */
  readonly validateResume?: ValidateResume;
  /** What `onRollback` may name. */
  readonly rollbacks?: Readonly<Record<string, RollbackAction>>;
  /** Milliseconds that `stop` lets running tasks go on. 10 s when left out. */
  readonly drainMs?: number;
  /** Bytes of log that one attempt may keep. 1 MiB when left out. */
  readonly logBytes?: number;
  /** `start` resolves when an engine has answered (true, as when left out), or as soon as the worker listens. */
  readonly waitForEngine?: boolean;
  /** How busy the machine is, reported to the engine in every hello; it may then place fewer tasks here. */
  readonly load?: () => MachineLoad | undefined;
  /**
   * Whether a thread reports the worker as blocked, rather than dead, while a handler that is not isolated blocks its event loop. `true` when left
   * out; Node only, and only over a connection that `connect` made. It takes about 10 MB.
   */
  readonly watchdog?: boolean;
  /** Called at each change of state. */
  readonly onState?: (state: WorkerState) => void;
}

export type Migrate = (type: string, state: unknown, from: string, to: string) => unknown;
export type ValidateResume = (job: Job, state: unknown) => boolean | void | Promise<boolean | void>;

/** seeking: no engine answers, tasks that run go on until their leases end. */
export type WorkerState = 'idle' | 'seeking' | 'ready' | 'draining' | 'stopped';

/** The options with nothing left out. */
export interface WorkerSettings extends Required<
  Omit<WorkerOptions, 'handlers' | 'rollbacks' | 'migrate' | 'validateResume' | 'waitForEngine' | 'onState'>
> {
  readonly handlers: ReadonlyMap<string, AttemptHandler>;
  readonly isolated: IsolatedPools;
  /** Types whose handlers run in the process of the worker. */
  readonly local: ReadonlySet<string>;
  readonly rollbacks: ReadonlyMap<string, RollbackAction>;
  readonly migrate: Migrate | undefined;
  readonly validateResume: ValidateResume | undefined;
}

/** Throws INVALID_CONFIG for a type without a handler, no handler at all, and what is out of bounds. */
export const settingsOf = (options: WorkerOptions, newId: () => string): WorkerSettings => {
  const given = new Map(Object.entries(options.handlers));
  const types = options.types ?? [...given.keys()];
  const slots = options.slots ?? 10;
  const rollbacks = new Map(Object.entries(options.rollbacks ?? {}));
  const handlerVersion = options.handlerVersion ?? '1';
  const express = options.express ?? Math.min(defaultExpress(slots), LIMITS.slotsPerWorker - slots);
  const ahead = options.ahead ?? Math.max(0, Math.min(slots, LIMITS.slotsPerWorker - slots - express));
  refuseBad(types, given);
  refuseCount('slots', slots, [1, LIMITS.slotsPerWorker]);
  refuseCount('express slots', express, [0, LIMITS.slotsPerWorker - slots]);
  refuseCount('tasks ahead', ahead, [0, LIMITS.slotsPerWorker - slots - express]);
  refuseLong(handlerVersion, rollbacks);
  const logBytes = options.logBytes ?? 1024 * 1024;
  const isolated = new IsolatedPools({ attempts: slots + express, logBytes });
  const usable = [...given].filter(([type, one]) => typeof one === 'function' || types.includes(type));
  return {
    name: options.name ?? `worker-${newId()}`,
    handlers: new Map(usable.map(([type, one]) => [type, isolated.handlerOf(type, one)])),
    isolated,
    local: new Set(types.filter((type) => typeof given.get(type) === 'function')),
    types,
    suspends: (options.suspends ?? []).filter((type) => types.includes(type)),
    slots,
    express,
    ahead,
    pools: options.pools ?? ['default'],
    labels: options.labels ?? {},
    resources: options.resources ?? {},
    version: options.version ?? '0.1.0',
    handlerVersion,
    migrate: options.migrate,
    validateResume: options.validateResume,
    rollbacks,
    drainMs: options.drainMs ?? 10_000,
    logBytes,
    watchdog: options.watchdog ?? true,
    load: options.load ?? (() => undefined),
  };
};

const refuseCount = (what: string, count: number, [min, max]: readonly [number, number]): void => {
  if (Number.isInteger(count) && count >= min && count <= max) return;
  throw new AppError('INVALID_CONFIG', `a worker has ${min} to ${max} ${what}; got ${count}`);
};

const refuseBad = (
  types: readonly string[],
  handlers: ReadonlyMap<string, Handler | IsolatedHandler>,
): void => {
  const orphan = types.find((type) => !isHandler(handlers.get(type)));
  if (orphan !== undefined)
    throw new AppError('INVALID_CONFIG', `the worker has no handler for tasks of type ${orphan}`);
  if (types.length === 0) throw new AppError('INVALID_CONFIG', 'a worker needs at least one handler');
};

const isHandler = (handler: Handler | IsolatedHandler | undefined): boolean =>
  typeof handler === 'function' || typeof handler?.launch === 'function';

const VERSION_CHARS = 64;
const ROLLBACK_CHARS = 100;

const refuseLong = (version: string, rollbacks: ReadonlyMap<string, RollbackAction>): void => {
  const long = [...rollbacks.keys()].find((name) => name === '' || name.length > ROLLBACK_CHARS);
  if (long !== undefined) {
    const message = `the name of a rollback action has 1 to ${ROLLBACK_CHARS} characters; got ${long.length}`;
    throw new AppError('INVALID_CONFIG', message);
  }
  if (version.length <= VERSION_CHARS) return;
  const message = `handlerVersion has at most ${VERSION_CHARS} characters; got ${version.length}`;
  throw new AppError('INVALID_CONFIG', message);
};
