import { LIMITS } from '@precedent/contracts';
import { AppError, defaultExpress, nearest } from '@precedent/kernel';
import type { Handler, RollbackAction } from './handler.ts';
import type { IsolatedHandler } from './isolation/isolated-handler.ts';
import type { AttemptHandler } from './isolation/isolated-pools.ts';
import { IsolatedPools } from './isolation/isolated-pools.ts';
import type { Migrate, ValidateResume, WorkerOptions } from './options.ts';

/** The options with nothing left out. */
export interface WorkerSettings extends Required<
  Omit<
    WorkerOptions,
    'handlers' | 'rollbacks' | 'migrate' | 'validateResume' | 'waitForEngine' | 'onState' | 'clearances'
  >
> {
  readonly clearances: readonly string[] | undefined;
  readonly handlers: ReadonlyMap<string, AttemptHandler>;
  readonly isolated: IsolatedPools;
  /** Types whose handlers run in the process of the worker. */
  readonly local: ReadonlySet<string>;
  readonly rollbacks: ReadonlyMap<string, RollbackAction>;
  readonly migrate: Migrate | undefined;
  readonly validateResume: ValidateResume | undefined;
}

/** Throws INVALID_CONFIG for a type without a handler, no handler at all, an unknown option, and what is out of bounds. */
export const settingsOf = (options: WorkerOptions, newId: () => string): WorkerSettings => {
  refuseUnknown(options);
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
    clearances: options.clearances,
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

/** Programs in JavaScript have no compiler that names them. */
const OPTION_NAMES: Readonly<Record<keyof WorkerOptions, true>> = {
  name: true,
  handlers: true,
  types: true,
  suspends: true,
  slots: true,
  express: true,
  ahead: true,
  pools: true,
  clearances: true,
  labels: true,
  resources: true,
  version: true,
  handlerVersion: true,
  migrate: true,
  validateResume: true,
  rollbacks: true,
  drainMs: true,
  logBytes: true,
  waitForEngine: true,
  load: true,
  watchdog: true,
  onState: true,
};

const refuseUnknown = (options: WorkerOptions): void => {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTION_NAMES, name));
  if (unknown !== undefined)
    throw new AppError('INVALID_CONFIG', `a worker has no option ${unknown}${hintFor(unknown)}`);
  if (typeof options.handlers !== 'object')
    throw new AppError(
      'INVALID_CONFIG',
      `a worker has handlers, by the type of their tasks; got ${typeof options.handlers}`,
    );
};

const hintFor = (unknown: string): string => {
  if (unknown === 'isolate' || unknown === 'isolated')
    return `; a handler is isolated by itself: handlers: { type: isolated({ in: 'thread', module }) }`;
  const near = nearest(unknown, Object.keys(OPTION_NAMES));
  return near === undefined ? '' : `; did you mean ${near}?`;
};

const refuseCount = (what: string, count: number, [min, max]: readonly [number, number]): void => {
  if (Number.isInteger(count) && count >= min && count <= max) return;
  throw new AppError('INVALID_CONFIG', `a worker has ${min} to ${max} ${what}; got ${JSON.stringify(count)}`);
};

const refuseBad = (
  types: readonly string[],
  handlers: ReadonlyMap<string, Handler | IsolatedHandler>,
): void => {
  const orphan = types.find((type) => !isHandler(handlers.get(type)));
  if (orphan !== undefined) throw new AppError('INVALID_CONFIG', orphanText(orphan, handlers.get(orphan)));
  if (types.length === 0) throw new AppError('INVALID_CONFIG', 'a worker needs at least one handler');
};

const orphanText = (type: string, given: unknown): string =>
  given === undefined
    ? `the worker has no handler for tasks of type ${type}`
    : `the handler of type ${type} is a function, or isolated({ in: 'thread', module }); got ${typeof given}`;

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
