import type { StopRequest } from '@precedent/contract-types';
import type { Config } from '@precedent/config';
import { BUILTIN_TYPE_NAMES } from '@precedent/contract-types';
import { AppError, nearest, onAbort } from '@precedent/kernel';
import type { Executor, ExecutorContext } from '@precedent/ports';
import { DEFAULT_DENY } from '@precedent/outbound';
import { commandExecutor, httpExecutor } from '@precedent/work';
import type { CommandUser, SecretSource } from '@precedent/work';
import type { Builtins } from './builtins.ts';
import { parseHttp } from './payloads.ts';

type WorkerSettings = Config['worker'];

/** What the executors need in addition to the settings. */
export interface ExecutorParts {
  /** The folder for the checkpoint folders of commands. */
  readonly checkpointRoot: string;
  /** The mask for files of tasks: that of the user. The worker itself has a stricter one. */
  readonly umask?: number;
  readonly builtins: Pick<Builtins, 'of'>;
  readonly secrets: SecretSource;
  /** As whom commands run; `undefined`: as the worker. */
  readonly user?: CommandUser | undefined;
}

const EXECUTORS: Readonly<Record<string, (settings: WorkerSettings, parts: ExecutorParts) => Executor>> = {
  command: ({ outputCap }, { checkpointRoot, umask, secrets, user }) =>
    commandExecutor({ logBytes: outputCap, checkpointRoot, umask, secrets, user }),
  // The addresses that hand out credentials are denied whatever is configured.
  http: ({ http }, { secrets }) =>
    httpExecutor({ parse: parseHttp, allow: http.allow, deny: [...DEFAULT_DENY, ...http.deny], secrets }),
  ...Object.fromEntries(
    BUILTIN_TYPE_NAMES.map((name) => [
      name,
      (_: WorkerSettings, { builtins }: ExecutorParts) => builtins.of(name),
    ]),
  ),
};

/** Bytes in an attempt's log for what the worker itself writes, in addition to the output. */
const NOTES_BYTES = 64 * 1024;

/** Bytes of the log of one attempt, at most. */
export const logBytesOf = ({ outputCap }: WorkerSettings): number => outputCap + NOTES_BYTES;

/** The executor of each configured type. Throws INVALID_CONFIG for a type that is not built in. */
export const executorsOf = (settings: WorkerSettings, parts: ExecutorParts): Record<string, Executor> =>
  Object.fromEntries(settings.types.map((type) => [type, executorOf(type, settings, parts)]));

const executorOf = (type: string, settings: WorkerSettings, parts: ExecutorParts): Executor => {
  const make = Object.hasOwn(EXECUTORS, type) ? EXECUTORS[type] : undefined;
  if (make) return make(settings, parts);
  const known = Object.keys(EXECUTORS);
  const near = nearest(type, known);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  const message = `${type} is not built in: ${known.join(', ')}${hint}`;
  throw new AppError('INVALID_CONFIG', `worker.types: ${message}`, {
    issues: [{ field: 'worker.types', message }],
  });
};

/** Tracks the running attempts, and can shorten the grace of later stops. */
export interface AttemptTracker {
  /** The same executor, with its attempts tracked. */
  tracked(executor: Executor): Executor;
  /** From now on no stop leaves an attempt more than this. Milliseconds. */
  limitGrace(graceMs: number): void;
  /** Resolves when no attempt runs; later ones are not excluded. */
  ended(): Promise<void>;
}

export const attemptTracker = (): AttemptTracker => {
  const running = new Set<Promise<unknown>>();
  let graceMsMax = Infinity;
  const shortened = (request: StopRequest): StopRequest => ({
    ...request,
    graceMs: Math.min(request.graceMs, graceMsMax),
  });
  return {
    tracked: (executor) => async (job, context) => {
      const attempt = executor(job, withSignal(context, stopsBy(context.signal, shortened)));
      running.add(attempt);
      try {
        return await attempt;
      } finally {
        running.delete(attempt);
      }
    },
    limitGrace: (graceMs) => {
      graceMsMax = Math.min(graceMsMax, graceMs);
    },
    ended: async () => {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
};

/** A signal that aborts when the other one does, with a changed reason. */
const stopsBy = (signal: AbortSignal, change: (request: StopRequest) => StopRequest): AbortSignal => {
  const controller = new AbortController();
  onAbort(signal, () => controller.abort(change(signal.reason as StopRequest)));
  return controller.signal;
};

/** The same context with another signal. Getters stay getters, because reading them is expensive. */
const withSignal = (context: ExecutorContext, signal: AbortSignal): ExecutorContext => ({
  signal,
  get yieldSignal() {
    return context.yieldSignal;
  },
  get resume() {
    return context.resume;
  },
  ...actingOf(context),
  checkpoint: (state, options) => context.checkpoint(state, options),
  suspendable: (control) => context.suspendable(control),
  progress: (fraction, message) => context.progress(fraction, message),
  heartbeat: () => context.heartbeat(),
  log: (stream, text) => context.log(stream, text),
});

/** What only a worker of the cell itself has. */
const actingOf = (context: ExecutorContext): Pick<ExecutorContext, 'actOn'> => {
  const { actOn } = context;
  return actOn ? { actOn: (piece) => actOn.call(context, piece) } : {};
};
