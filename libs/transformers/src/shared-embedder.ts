import { startEmbedder } from './thread-embedder.ts';
import type { EmbedderOptions, ThreadEmbedder } from './thread-embedder.ts';

export interface SharedOptions extends EmbedderOptions {
  /** The most model threads that run at the same time. */
  readonly modelsMax: number;
  /** Starts one embedder; replaced in tests. */
  readonly startOne?: (options: EmbedderOptions) => Promise<ThreadEmbedder>;
}

/** Calls with fewer texts go to one thread: another thread takes a second to start, and 100 MB. */
const SHARED_TEXTS_MIN = 32;

/**
 * An embedder that divides the texts of a large call among several model threads. The first such call starts the other threads and does
 * not wait for them. Queries go to the first thread. Rejects like `startEmbedder`.
 */
export const startSharedEmbedder = async ({
  modelsMax,
  startOne = startEmbedder,
  ...options
}: SharedOptions): Promise<ThreadEmbedder> => {
  const first = await startOne(options);
  const embedders = [first];
  let isClosed = false;
  let starting: Promise<void> | undefined;
  const startOthers = async (): Promise<void> => {
    while (embedders.length < modelsMax && !isClosed) embedders.push(await startOne(options));
  };
  const embed = async (texts: readonly string[]): Promise<readonly Float32Array[]> => {
    if (texts.length < SHARED_TEXTS_MIN || modelsMax === 1) return first.embed(texts);
    // When no other thread can be started, the first one embeds all texts.
    starting ??= startOthers().catch(() => undefined);
    const share = Math.ceil(texts.length / embedders.length);
    const parts = embedders.map((embedder, index) =>
      embedder.embed(texts.slice(index * share, (index + 1) * share)),
    );
    return (await Promise.all(parts)).flat();
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    await starting;
    await Promise.all(embedders.map((embedder) => embedder.close()));
  };
  return { model: first.model, embed, close, queries: first.queries };
};
