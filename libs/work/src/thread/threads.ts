import { Worker } from 'node:worker_threads';
import { errorOf, startTimer, threadLimits } from '@precedent/kernel';
import type { Timer } from '@precedent/kernel';
import type { ExecutorContext } from '@precedent/ports';
import { refuseIfStopped, stopError, stopRequestOf } from '../stop.ts';
import { AttemptYield, yieldRequestOf } from '../yield-signal.ts';
import { CallFailure } from './call-failure.ts';
import { BEGUN } from './messages.ts';
import type { AnswerMessage, CallMessage, CallTable, InputOf, OutputOf } from './messages.ts';

export interface ThreadOptions {
  /** The program of a thread: a `.ts` file of the sources, or a bundle. */
  readonly entry: URL;
  /** Megabytes of JavaScript values; more ends the call. Default 512. */
  readonly heapMb?: number;
}

export interface CallOptions {
  /** Its stop and its request to yield end the thread; while the call runs it is sent signs of life. */
  readonly context: Pick<ExecutorContext, 'signal' | 'yieldSignal' | 'heartbeat'>;
  /** Milliseconds that the call may take. */
  readonly limitMs: number;
  /** `false`: a request to yield does not end the call, which is short; the caller has a safe point behind it. Default `true`. */
  readonly yields?: boolean;
}

/** Runs synchronous work over input of users in threads, away from the event loop that sends heartbeats. A thread can be ended at any time. */
export interface Threads<Table extends CallTable> {
  /**
   * Runs a function of the table in a thread of its own. Rejects with what it threw, as an AppError; with a CallFailure when it was
   * too slow or too large; with the error of a stop, or a AttemptYield, as soon as the attempt is requested to end.
   */
  run<Name extends keyof Table & string>(
    name: Name,
    input: InputOf<Table, Name>,
    options: CallOptions,
  ): Promise<OutputOf<Table, Name>>;
  /** Ends all threads. */
  close(): Promise<void>;
}

/** Threads without work that are kept, each so long: starting one takes some 30 ms. */
const IDLE_MAX = 2;
const IDLE_MS = 10_000;
const HEARTBEAT_MS = 1_000;
/** Until a thread has begun to work on its first call, at most. */
const START_MS = 30_000;

export const startThreads = <Table extends CallTable>(options: ThreadOptions): Threads<Table> => {
  const pool = new ThreadPool(options);
  return {
    run: async (name, input, options) => {
      refuseIfStopping(options);
      const thread = pool.take();
      const answer = await answerOf(thread, { name, input }, options).catch(async (error: unknown) => {
        // The slot of the attempt is free when nothing of it runs any more.
        await pool.end(thread);
        throw error;
      });
      pool.giveBack(thread);
      if ('problem' in answer) throw errorOf(answer.problem);
      return answer.output as OutputOf<Table, typeof name>;
    },
    close: () => pool.close(),
  };
};

class ThreadPool {
  readonly #options: ThreadOptions;
  readonly #all = new Set<Worker>();
  readonly #idle = new Map<Worker, NodeJS.Timeout>();

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  take(): Worker {
    for (const [thread, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(thread);
      thread.ref();
      return thread;
    }
    return this.#start();
  }

  giveBack(thread: Worker): void {
    if (!this.#all.has(thread) || this.#idle.size >= IDLE_MAX) return void this.end(thread);
    // Neither the thread nor its timer keeps the process alive.
    thread.unref();
    this.#idle.set(thread, setTimeout(() => void this.end(thread), IDLE_MS).unref());
  }

  /** Resolves when it runs no more. */
  async end(thread: Worker): Promise<void> {
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
    await thread.terminate();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((thread) => thread.terminate()));
  }

  #start(): Worker {
    const { entry, heapMb = 512 } = this.#options;
    const isSource = entry.pathname.endsWith('.ts');
    const thread = new Worker(entry, {
      execArgv: isSource ? ['--conditions=precedent:source'] : [],
      resourceLimits: threadLimits(heapMb),
      stdout: true,
      stderr: true,
    });
    this.#all.add(thread);
    thread.once('exit', () => this.#forget(thread));
    thread.once('error', () => this.#forget(thread));
    return thread;
  }

  #forget(thread: Worker): void {
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
    this.#all.delete(thread);
  }
}

const refuseIfStopping = ({ context: { signal, yieldSignal }, yields = true }: CallOptions): void => {
  refuseIfStopped(signal);
  if (yields && yieldSignal.aborted) throw new AttemptYield(yieldRequestOf(yieldSignal));
};

/** The answer to one call. Rejects when it will not be awaited any longer. */
const answerOf = async (
  thread: Worker,
  call: CallMessage,
  { context, limitMs, yields = true }: CallOptions,
): Promise<AnswerMessage> => {
  const ended = new AbortController();
  const once = { once: true, signal: ended.signal };
  const { promise, resolve, reject } = Promise.withResolvers<AnswerMessage>();
  let timer: Timer | undefined;
  const limit = (ms: number): void => {
    timer?.cancel();
    timer = startTimer(ms, () => reject(tooSlow()));
  };
  const listeners = {
    message: (answer: AnswerMessage | typeof BEGUN) => (answer === BEGUN ? limit(limitMs) : resolve(answer)),
    error: (error: Error) => reject(failureOf(error)),
    exit: () => reject(new CallFailure('crashed', 'its thread has ended')),
  };
  for (const [event, listener] of Object.entries(listeners)) thread.on(event, listener);
  const { signal, yieldSignal } = context;
  signal.addEventListener('abort', () => reject(stopError(stopRequestOf(signal))), once);
  if (yields)
    yieldSignal.addEventListener('abort', () => reject(new AttemptYield(yieldRequestOf(yieldSignal))), once);
  limit(START_MS);
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    thread.postMessage(call);
    return await promise;
  } finally {
    timer?.cancel();
    clearInterval(beat);
    ended.abort();
    for (const [event, listener] of Object.entries(listeners)) thread.off(event, listener);
  }
};

const tooSlow = (): CallFailure => new CallFailure('too_slow', 'it was not done by then');

const failureOf = (error: Error): CallFailure =>
  'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new CallFailure('out_of_memory', 'it took more memory than a thread may have')
    : new CallFailure('crashed', error.message);
