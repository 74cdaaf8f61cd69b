import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { AppError, messageOf, settlesWithin } from '@precedent/kernel';
import { WINDOW_TOKENS } from './cut.ts';
import { THREAD_SOURCE } from './embedder-thread.ts';
import type { ThreadAnswer, ThreadRequest, ThreadStart } from './embedder-thread.ts';
import type { ModelFiles } from './model-files.ts';

/** A thread with a model in it that is ready for texts. */
export interface Thread {
  send(request: ThreadRequest): void;
  /** Ends it at once; `ended` is called. */
  kill(): void;
  /** Ends it after what it was sent. Resolves when it is gone. */
  close(): Promise<void>;
}

export interface ThreadEvents {
  /** The answer to a request: its vector, or why there is none. */
  readonly answered: (n: number, result: Float32Array | string) => void;
  /** It ended by itself, or was killed. Once, and only after it was ready. */
  readonly ended: (reason: string) => void;
}

export interface ModelThreadOptions {
  readonly model: ModelFiles;
  /** Threads that share the work of one text. */
  readonly threads: number;
}

const READY_LIMIT_MS = 60_000;
const CLOSE_LIMIT_MS = 2_000;

/**
 * The runtime of the model reports its use to its maker, and keeps an id in the home folder, unless this is in the environment of the process
 * before it is loaded. What a thread sets in its own environment does not get there.
 */
const NO_REPORTS = 'ORT_DISABLE_TELEMETRY';

/** Starts the thread. Rejects with EMBEDDER_UNAVAILABLE when the model cannot be loaded. */
export const startThread = (options: ModelThreadOptions, events: ThreadEvents): Promise<Thread> => {
  process.env[NO_REPORTS] = '1';
  const worker = new Worker(THREAD_SOURCE, {
    eval: true,
    workerData: startOf(options),
    // Its own flags, not those of the program: it reads no TypeScript.
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // What the library says to the console is nobody's concern.
  worker.stdout.resume();
  worker.stderr.resume();
  return new Promise((resolve, reject) => {
    let phase: 'starting' | 'ready' | 'over' = 'starting';
    const over = (reason: string): void => {
      clearTimeout(limit);
      if (phase === 'ready') events.ended(reason);
      else if (phase === 'starting')
        reject(
          new AppError('EMBEDDER_UNAVAILABLE', `the model ${options.model.dir} cannot be loaded: ${reason}`),
        );
      phase = 'over';
      void worker.terminate();
    };
    const limit = setTimeout(() => over(`not ready within ${READY_LIMIT_MS} ms`), READY_LIMIT_MS);
    worker.once('error', (error) => over(messageOf(error)));
    worker.once('exit', (code) => over(`exit code ${code}`));
    worker.on('message', (answer: ThreadAnswer) => {
      if (answer.kind === 'failed') over(answer.reason);
      else if (answer.kind === 'vector') events.answered(answer.n, answer.vector);
      else if (answer.kind === 'refused') events.answered(answer.n, answer.reason);
      else if (phase === 'starting') {
        phase = 'ready';
        clearTimeout(limit);
        resolve({
          send: (request) => worker.postMessage(request),
          kill: () => over('it did not answer'),
          close: async () => {
            if (phase === 'ready') await endInOrder(worker);
            phase = 'over';
            await worker.terminate();
          },
        });
      }
    });
  });
};

const startOf = ({ model, threads }: ModelThreadOptions): ThreadStart => ({
  library: createRequire(import.meta.url).resolve('@huggingface/transformers'),
  model: model.dir,
  windowTokens: WINDOW_TOKENS,
  threads,
});

/** In good order first: ending a thread in the midst of native code may take the process with it. */
const endInOrder = async (worker: Worker): Promise<void> => {
  worker.removeAllListeners('exit');
  const exited = once(worker, 'exit');
  worker.postMessage('close');
  await settlesWithin(exited, CLOSE_LIMIT_MS);
};
