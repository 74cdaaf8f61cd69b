import { startEmbedder } from './thread-embedder.ts';
import type { EmbedderOptions, ThreadEmbedder } from './thread-embedder.ts';

export interface SharedOptions extends EmbedderOptions {
  /** Models at work at the same time, each in a thread of its own, at most. */
  readonly modelsMax: number;
  /** How one is started: for tests. */
  readonly startOne?: (options: EmbedderOptions) => Promise<ThreadEmbedder>;
}

/** Texts of one call from which they are shared. Fewer are soon done by one, and another model takes a second and 100 MB. */
const SHARED_FROM = 32;

/**
 * An embedder that takes help when there is much to do: the texts of a large call are shared among several models. The others are
 * started by the first such call, which does not wait for them. Queries go to the first one. Rejects as `startEmbedder`.
 */
export const startSharedEmbedder = async ({
  modelsMax,
  startOne = startEmbedder,
  ...options
}: SharedOptions): Promise<ThreadEmbedder> => {
  const first = await startOne(options);
  const crew = [first];
  let isClosed = false;
  let growing: Promise<void> | undefined;
  const grow = async (): Promise<void> => {
    while (crew.length < modelsMax && !isClosed) crew.push(await startOne(options));
  };
  const embed = async (texts: readonly string[]): Promise<readonly Float32Array[]> => {
    if (texts.length < SHARED_FROM || modelsMax === 1) return first.embed(texts);
    // Without help it takes longer, and no more.
    growing ??= grow().catch(() => undefined);
    const share = Math.ceil(texts.length / crew.length);
    const parts = crew.map((one, at) => one.embed(texts.slice(at * share, (at + 1) * share)));
    return (await Promise.all(parts)).flat();
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    await growing;
    await Promise.all(crew.map((one) => one.close()));
  };
  return { model: first.model, embed, close, queries: first.queries };
};
