import type { Job } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { CheckpointOptions, ResumePoint, StopRequest, YieldRequest } from '../handler.ts';
import type { PackedThrown } from './thrown-value.ts';

/**
 * The messages between a worker (the host) and a guest: a thread or a process that runs handlers, one attempt at a time. Both channels keep
 * the order of messages. Each attempt of a guest has a number (`run`); a message of an earlier run is ignored.
 */

/** Which function a guest runs. */
export interface HandlerModule {
  /** URL of the module. */
  readonly module: string;
  readonly export: string;
}

export type HostMessage =
  /** The first message: load the module, and answer with `loaded` or `unloadable`. */
  | ({ readonly kind: 'load'; readonly logBytes: number } & HandlerModule)
  | { readonly kind: 'start'; readonly run: number; readonly job: Job; readonly resume?: ResumePoint }
  | { readonly kind: 'stop'; readonly run: number; readonly request: StopRequest }
  | { readonly kind: 'yield'; readonly run: number; readonly request: YieldRequest }
  /** The answer to a `call`. */
  | { readonly kind: 'answer'; readonly run: number; readonly call: number; readonly error?: PackedThrown }
  /** Freeze, or resume, what the handler runs outside. A `suspend` is answered with `suspended`. */
  | { readonly kind: 'suspend' | 'resume'; readonly run: number };

export type GuestMessage =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'unloadable'; readonly error: PackedThrown }
  /** What is answered when it is done. */
  | ({ readonly kind: 'call'; readonly run: number; readonly call: number } & GuestCall)
  /** What needs no answer. */
  | ({ readonly kind: 'note'; readonly run: number } & GuestNote)
  | { readonly kind: 'suspended'; readonly run: number; readonly isFrozen: boolean }
  /** The handler returned; `result` is JSON text. With `problem` its result cannot be written as JSON. */
  | { readonly kind: 'returned'; readonly run: number; readonly result?: string; readonly problem?: Problem }
  | { readonly kind: 'threw'; readonly run: number; readonly error: PackedThrown }
  /** Code outside of any handler's promise threw: the guest ends itself after this. */
  | { readonly kind: 'uncaught'; readonly origin: UncaughtOrigin; readonly error: PackedThrown };

export type UncaughtOrigin = 'uncaughtException' | 'unhandledRejection';

/** States and payloads are JSON text: they are written where the value is. */
export type GuestCall =
  | { readonly name: 'checkpoint'; readonly state: string; readonly options: CheckpointOptions }
  | { readonly name: 'onRollback'; readonly action: string; readonly payload?: string }
  /** Opens an atomic section; `close` ends it, and is answered when a stop that it held back has been sent. */
  | { readonly name: 'open'; readonly section: number; readonly maxMs: number }
  | { readonly name: 'close'; readonly section: number };

export type GuestNote =
  | { readonly name: 'progress'; readonly fraction: number; readonly message?: string }
  | { readonly name: 'heartbeat' }
  | { readonly name: 'log'; readonly stream: 'stdout' | 'stderr' | 'log'; readonly text: string }
  /** The handler has said how it can be frozen. */
  | { readonly name: 'suspendable' };

/** A union without a field, each member on its own. */
export type Without<Union, Field extends string> = Union extends unknown ? Omit<Union, Field> : never;
