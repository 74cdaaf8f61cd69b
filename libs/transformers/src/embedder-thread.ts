import type * as Transformers from '@huggingface/transformers';
import type * as Threads from 'node:worker_threads';

/** The thread's `workerData`. */
export interface ThreadStart {
  /** The path of transformers.js. */
  readonly library: string;
  /** The folder of the model, absolute. */
  readonly model: string;
  /** The size of the model's window in tokens, including the start and end tokens. */
  readonly windowTokens: number;
  readonly threads: number;
}

export interface ThreadRequest {
  readonly n: number;
  readonly text: string;
}

export type ThreadAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'vector'; readonly n: number; readonly vector: Float32Array }
  | { readonly kind: 'refused'; readonly n: number; readonly reason: string };

/**
 * The program of the thread. The Worker gets it as source text, so that a bundled program needs no file for it: it may use no name
 * from outside except `load`, which is `require`.
 */
const threadMain = (load: NodeJS.Require): void => {
  const { parentPort, workerData } = load('node:worker_threads') as typeof Threads;
  const start = workerData as ThreadStart;
  const post = (answer: ThreadAnswer, transferred: ArrayBuffer[] = []): void =>
    parentPort?.postMessage(answer, transferred);
  // `messageOf` of the kernel does not exist in the thread.
  const reasonOf = (thrown: unknown): string =>
    typeof thrown === 'object' && thrown !== null && 'message' in thrown && typeof thrown.message === 'string'
      ? thrown.message
      : 'an error without a message';

  const open = async () => {
    const { AutoModel, AutoTokenizer, env } = load(start.library) as typeof Transformers;
    env.allowRemoteModels = false;
    env.allowLocalModels = true;
    env.useFSCache = false;
    // The model is named by its absolute path.
    env.localModelPath = '';
    const local = { local_files_only: true } as const;
    const tokenizer = await AutoTokenizer.from_pretrained(start.model, local);
    const session_options = { intraOpNumThreads: start.threads, interOpNumThreads: 1 };
    const options = { ...local, dtype: 'q8', device: 'cpu', session_options } as const;
    return { tokenizer, model: await AutoModel.from_pretrained(start.model, options) };
  };

  /** The mean of the vectors of all tokens, at length one. One text at a time: nothing is padded. */
  const pooled = (tokens: Float32Array, dimensions: number): Float32Array => {
    const sum = new Float32Array(dimensions);
    for (let from = 0; from < tokens.length; from += dimensions)
      for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + (tokens[from + i] ?? 0);
    const length = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
    return sum.map((value) => value / length);
  };

  const serve = ({ tokenizer, model }: Awaited<ReturnType<typeof open>>): void => {
    const embed = async (text: string): Promise<Float32Array> => {
      const input: unknown = tokenizer(text, { truncation: true, max_length: start.windowTokens });
      const output = (await model(input)) as { last_hidden_state: Transformers.Tensor };
      const { data, dims } = output.last_hidden_state;
      return pooled(data as Float32Array, dims.at(-1) ?? 0);
    };
    // The model embeds one text after the other.
    let previous: Promise<void> = Promise.resolve();
    parentPort?.on('message', (request: ThreadRequest | 'close') => {
      previous = previous.then(async () => {
        if (request === 'close') return parentPort.close();
        try {
          const vector = await embed(request.text);
          post({ kind: 'vector', n: request.n, vector }, [vector.buffer as ArrayBuffer]);
        } catch (error) {
          post({ kind: 'refused', n: request.n, reason: reasonOf(error) });
        }
      });
    });
    post({ kind: 'ready' });
  };

  open().then(serve, (error: unknown) => post({ kind: 'failed', reason: reasonOf(error) }));
};

/** The source text of the thread, for a Worker with `eval`. */
export const THREAD_SOURCE = `'use strict';\n(${threadMain.toString()})(require);\n`;
