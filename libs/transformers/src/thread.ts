import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { AppError, messageOf, settlesWithin } from '@precedent/kernel';
import { CENTRE_TEXTS } from './centre-texts.ts';
import { WINDOW_TOKENS, textForModel } from './text-window.ts';
import { THREAD_SOURCE } from './embedder-thread.ts';
import type { ThreadAnswer, ThreadRequest, ThreadStart } from './embedder-thread.ts';
import type { ModelFiles } from './model-files.ts';

/** A thread with a loaded model. */
export interface Thread {
  send(request: ThreadRequest): void;
  /** Terminates the thread at once; `ended` is called. */
  kill(): void;
  /** Ends the thread after the requests that were sent. Resolves when it has exited. */
  close(): Promise<void>;
}

export interface ThreadEvents {
  /** The answer to request `n`: its vector, or the reason why the model refused it. */
  readonly answered: (n: number, result: Float32Array | string) => void;
  /** The thread ended by itself, or was killed. Called once, and only after it was ready. */
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
 * ONNX Runtime sends telemetry, and writes an id to the home folder, unless this variable is set in the environment of the process before
 * it is loaded. A variable that the thread sets for itself has no effect.
 */
const DISABLE_TELEMETRY = 'ORT_DISABLE_TELEMETRY';

/** Starts the thread and loads the model. Rejects with EMBEDDER_UNAVAILABLE when the model cannot be loaded. */
export const startThread = (options: ModelThreadOptions, events: ThreadEvents): Promise<Thread> => {
  process.env[DISABLE_TELEMETRY] = '1';
  const worker = new Worker(THREAD_SOURCE, {
    eval: true,
    workerData: startOf(options),
    // Not the flags of the program, which may load TypeScript.
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // Discards what the library writes to the console.
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
            if (phase === 'ready') await exitGracefully(worker);
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
  pooling: model.settings.pooling,
  prompt: model.settings.prompt,
  centreTexts: model.settings.isCentred ? CENTRE_TEXTS.map(textForModel) : [],
  windowTokens: WINDOW_TOKENS,
  threads,
});

/** Asks the thread to exit before it is terminated: terminating it inside native code may crash the process. */
const exitGracefully = async (worker: Worker): Promise<void> => {
  worker.removeAllListeners('exit');
  const exited = once(worker, 'exit');
  worker.postMessage('close');
  await settlesWithin(exited, CLOSE_LIMIT_MS);
};
