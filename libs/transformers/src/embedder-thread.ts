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
  readonly pooling: 'mean' | 'cls';
  /** Stands before every text. */
  readonly prompt: string;
  /** The mean vector of these texts is subtracted from every vector; none: nothing is. */
  readonly centreTexts: readonly string[];
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

type TextEmbedder = (text: string) => Promise<Float32Array>;

/** The sum of the vectors of all tokens, or of the first one, at length one. One text at a time: nothing is padded. */
const pooled = (tokens: Float32Array, dimensions: number, pooling: ThreadStart['pooling']): Float32Array => {
  const sum = new Float32Array(dimensions);
  const end = pooling === 'cls' ? dimensions : tokens.length;
  for (let from = 0; from < end; from += dimensions)
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + (tokens[from + i] ?? 0);
  const length = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
  return sum.map((value) => value / length);
};

/** Subtracts the mean vector of the texts from every vector, at length one again. */
const centred = async (embed: TextEmbedder, texts: readonly string[]): Promise<TextEmbedder> => {
  if (texts.length === 0) return embed;
  let mean = new Float32Array();
  for (const text of texts) {
    const vector = await embed(text);
    mean = vector.map((value, i) => (mean[i] ?? 0) + value / texts.length);
  }
  return async (text) => {
    const vector = (await embed(text)).map((value, i) => value - (mean[i] ?? 0));
    const length = Math.sqrt(vector.reduce((squares, value) => squares + value * value, 0));
    return vector.map((value) => value / length);
  };
};

/** They use no name from outside either. */
interface VectorFunctions {
  readonly pooled: typeof pooled;
  readonly centred: typeof centred;
}

/**
 * The program of the thread. The Worker gets it as source text, so that a bundled program needs no file for it: it may use no name
 * from outside except `load`, which is `require`.
 */
const threadMain = (load: NodeJS.Require, { pooled, centred }: VectorFunctions): void => {
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

  const embedderOf =
    ({ tokenizer, model }: Awaited<ReturnType<typeof open>>): TextEmbedder =>
    async (text) => {
      const prompted = start.prompt === '' ? text : start.prompt + text;
      const input: unknown = tokenizer(prompted, { truncation: true, max_length: start.windowTokens });
      const output = (await model(input)) as { last_hidden_state: Transformers.Tensor };
      const { data, dims } = output.last_hidden_state;
      return pooled(data as Float32Array, dims.at(-1) ?? 0, start.pooling);
    };

  const serve = (embed: TextEmbedder): void => {
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

  open()
    .then((loaded) => centred(embedderOf(loaded), start.centreTexts))
    .then(serve, (error: unknown) => post({ kind: 'failed', reason: reasonOf(error) }));
};

/** The source text of the thread, for a Worker with `eval`. */
export const THREAD_SOURCE = `'use strict';\n(${threadMain.toString()})(require, { pooled: ${pooled.toString()}, centred: ${centred.toString()} });\n`;
