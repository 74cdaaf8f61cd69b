import path from 'node:path';
import type { Config } from '@precedent/config';
import { isAppError } from '@precedent/kernel';
import type { Embedder } from '@precedent/ports';
import { sqliteVectorCache } from '@precedent/sqlite';
import { cachedEmbedder, startEmbedder } from '@precedent/transformers';

/** One model for what is written and for what is asked; asked texts go first. */
export interface Model {
  readonly documents: Embedder;
  readonly queries: Embedder;
}

export interface ModelParts {
  readonly config: Config;
  /** The vectorizer's folder. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

/** The configured model, each text embedded once; `undefined`, and a word about it, when there is none that can be used. */
export const openModel = async ({ config, dir, say }: ModelParts): Promise<Model | undefined> => {
  const { modelDir } = config.vectorizer;
  try {
    const embedder = await startEmbedder({
      ...(modelDir !== '' && { dir: modelDir }),
      onCrash: (reason, delayMs) => say(`the model's thread ended (${reason}); again in ${delayMs} ms`),
    });
    const cache = sqliteVectorCache({ file: path.join(dir, 'vectors.db') });
    return { documents: cachedEmbedder(embedder, cache), queries: cachedEmbedder(embedder.queries, cache) };
  } catch (error) {
    if (!isAppError(error) || error.code !== 'EMBEDDER_UNAVAILABLE') throw error;
    say(`no embedding model: ${error.message}. Search is by words only.`);
    return undefined;
  }
};
