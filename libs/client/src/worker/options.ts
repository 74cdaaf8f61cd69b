import type { MachineLoad } from '@precedent/contract-types';
import type { Handler, Job, RollbackAction } from './handler.ts';
import type { IsolatedHandler } from './isolation/isolated-handler.ts';

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
  /**
   * Security labels of tasks that it may run; `['*']`: all. Where access is required its grants have to allow them, and it may run none when left
   * out; where access is open, it may run all then.
   */
  readonly clearances?: readonly string[];
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
