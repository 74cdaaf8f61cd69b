import type { StopRequest } from '@precedent/contract-types';
import type { Config } from '@precedent/config';
import { BUILTIN_TYPE_NAMES } from '@precedent/contracts';
import { AppError, nearest, onAbort } from '@precedent/kernel';
import type { Executor, ExecutorContext } from '@precedent/ports';
import { DEFAULT_DENY, commandExecutor, httpExecutor } from '@precedent/work';
import type { Builtins } from './builtins.ts';
import { parseHttp } from './payloads.ts';

type WorkerSettings = Config['worker'];

/** What the executors need in addition to the settings. */
export interface Places {
  /** Where commands get their checkpoint folders. */
  readonly checkpointRoot: string;
  /** Of the files that tasks make: the user's. The worker's own is narrower. */
  readonly umask?: number;
  readonly builtins: Pick<Builtins, 'of'>;
}

const EXECUTORS: Readonly<Record<string, (settings: WorkerSettings, places: Places) => Executor>> = {
  command: ({ outputCap }, { checkpointRoot, umask }) =>
    commandExecutor({ logBytes: outputCap, checkpointRoot, umask }),
  // Whatever is configured, the addresses that hand out credentials stay out of reach.
  http: ({ http }) =>
    httpExecutor({ parse: parseHttp, allow: http.allow, deny: [...DEFAULT_DENY, ...http.deny] }),
  ...Object.fromEntries(
    BUILTIN_TYPE_NAMES.map((name) => [name, (_: WorkerSettings, { builtins }: Places) => builtins.of(name)]),
  ),
};

/** Bytes in an attempt's log for what the worker itself writes, in addition to the output. */
const NOTES_BYTES = 64 * 1024;

/** What the log of one attempt takes together. */
export const logBytesOf = ({ outputCap }: WorkerSettings): number => outputCap + NOTES_BYTES;

/** The executor of each configured type. Throws INVALID_CONFIG for a type that is not built in. */
export const executorsOf = (settings: WorkerSettings, places: Places): Record<string, Executor> =>
  Object.fromEntries(settings.types.map((type) => [type, executorOf(type, settings, places)]));

const executorOf = (type: string, settings: WorkerSettings, places: Places): Executor => {
  const make = Object.hasOwn(EXECUTORS, type) ? EXECUTORS[type] : undefined;
  if (make) return make(settings, places);
  const known = Object.keys(EXECUTORS);
  const near = nearest(type, known);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  const message = `${type} is not built in: ${known.join(', ')}${hint}`;
  throw new AppError('INVALID_CONFIG', `worker.types: ${message}`, {
    issues: [{ field: 'worker.types', message }],
  });
};

/** Counts the attempts of executors, and can shorten the grace of those that are stopped from now on. */
export interface Attempts {
  /** The same executor, under this watch. */
  watched(executor: Executor): Executor;
  /** Milliseconds; no stop from now on leaves more. */
  limitGrace(graceMs: number): void;
  /** Resolves when no executor runs. It may come to run again afterwards. */
  ended(): Promise<void>;
}

export const attempts = (): Attempts => {
  const running = new Set<Promise<unknown>>();
  let graceMsMax = Infinity;
  const shortened = (request: StopRequest): StopRequest => ({
    ...request,
    graceMs: Math.min(request.graceMs, graceMsMax),
  });
  return {
    watched: (executor) => async (job, context) => {
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

/** A signal that aborts with another, its reason changed. */
const stopsBy = (signal: AbortSignal, change: (request: StopRequest) => StopRequest): AbortSignal => {
  const controller = new AbortController();
  onAbort(signal, () => controller.abort(change(signal.reason as StopRequest)));
  return controller.signal;
};

/** The same context but for its signal. What is a getter there is expensive, and stays unread until it is used. */
const withSignal = (context: ExecutorContext, signal: AbortSignal): ExecutorContext => ({
  signal,
  get yieldSignal() {
    return context.yieldSignal;
  },
  get resume() {
    return context.resume;
  },
  checkpoint: (state, options) => context.checkpoint(state, options),
  suspendable: (control) => context.suspendable(control),
  progress: (fraction, message) => context.progress(fraction, message),
  heartbeat: () => context.heartbeat(),
  log: (stream, text) => context.log(stream, text),
});
