import { AppError } from '@precedent/kernel';
import type { IsolationKind, LaunchGuest } from './launch.ts';
import type { HandlerModule } from './protocol.ts';

export interface IsolatedOptions {
  /** A worker thread starts in some 30 ms and shares the memory of the process; a child process is also proof against native code. */
  readonly in: IsolationKind;
  /** The module of the handler: `new URL('./encode.ts', import.meta.url)`. */
  readonly module: URL | string;
  /** The name under which the module exports the handler. `default` when left out. */
  readonly export?: string;
  /** Megabytes of JavaScript values that one thread or process may hold, 16 at least; memory of buffers is not counted. */
  readonly memoryMb?: number;
  /** Threads or processes that are kept ready. 1 when left out; never more than the worker has slots. */
  readonly warm?: number;
}

/** A handler that runs in a thread or a process of its own. Made by `isolated`. */
export interface IsolatedHandler {
  readonly kind: IsolationKind;
  readonly source: HandlerModule;
  readonly memoryMb: number | undefined;
  readonly warm: number;
  /** What starts its threads or processes. */
  readonly launch: LaunchGuest;
}

const MEMORY_MB_MIN = 16;

/** Throws INVALID_CONFIG for what is out of bounds. */
export const isolatedHandler = (options: IsolatedOptions, launch: LaunchGuest): IsolatedHandler => {
  const { in: kind, export: name = 'default', memoryMb, warm = 1 } = options;
  if (kind !== 'thread' && kind !== 'process')
    throw invalid(`has in: 'thread' or in: 'process'; got ${JSON.stringify(kind)}`);
  if (memoryMb !== undefined && !(Number.isInteger(memoryMb) && memoryMb >= MEMORY_MB_MIN))
    throw invalid(`has a memoryMb of at least ${MEMORY_MB_MIN}, a whole number; got ${memoryMb}`);
  if (!Number.isInteger(warm) || warm < 0) throw invalid(`has a warm of 0 or more; got ${warm}`);
  return { kind, source: { module: moduleUrl(options.module), export: name }, memoryMb, warm, launch };
};

const moduleUrl = (module: URL | string): string => {
  if (URL.canParse(String(module))) return String(module);
  throw invalid(`names its module by URL, as new URL('./encode.ts', import.meta.url); got ${String(module)}`);
};

const invalid = (fact: string): AppError => new AppError('INVALID_CONFIG', `an isolated handler ${fact}`);
