import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '@precedent/config';
import { isAppError, ownValue } from '@precedent/kernel';
import type { Model } from '@precedent/semantic';
import { sqliteVectorCache } from '@precedent/sqlite';
import { SHIPPED_MODEL, cachedEmbedder, startSharedEmbedder } from '@precedent/transformers';
import { z } from 'zod';

export interface ModelParts {
  readonly config: Config;
  /** The vectorizer's folder. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

/** Loads each model once; `undefined`, after a line of output, for a model that cannot be loaded. */
export interface Models {
  /** The configured model. */
  own(): Promise<Model | undefined>;
  /** The shipped model, or one that was configured before, by its name. */
  named(name: string): Promise<Model | undefined>;
}

export const modelsIn = (parts: ModelParts): Models => {
  const { modelDir: configured } = parts.config.vectorizer;
  const modelDir = configured === '' ? '' : path.resolve(configured);
  const folders = modelFolders(path.join(parts.dir, 'models.json'));
  const loaded = new Map<string, Promise<Model | undefined>>();
  const from = (dir: string): Promise<Model | undefined> => {
    const loading = loaded.get(dir) ?? open(parts, dir);
    loaded.set(dir, loading);
    return loading;
  };
  return {
    own: async () => {
      const model = await from(modelDir);
      if (model && modelDir !== '') folders.add(model.documents.model.name, modelDir);
      return model;
    },
    named: async (name) => {
      const dir = name === SHIPPED_MODEL.name ? '' : folders.of(name);
      const model = dir === undefined ? undefined : await from(dir);
      return model?.documents.model.name === name ? model : undefined;
    },
  };
};

const open = async ({ config, dir, say }: ModelParts, modelDir: string): Promise<Model | undefined> => {
  try {
    const embedder = await startSharedEmbedder({
      modelsMax: config.vectorizer.models,
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

const foldersSchema = z.record(z.string(), z.string());

/** The folders of models that were configured, by name, so that a model can be loaded while its collection is still active. */
const modelFolders = (file: string) => {
  const read = (): Record<string, string> => {
    try {
      return existsSync(file) ? foldersSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
    } catch {
      // Without the file, searches are by words until everything is embedded again.
      return {};
    }
  };
  return {
    of: (name: string): string | undefined => ownValue(read(), name),
    add: (name: string, dir: string): void => {
      const known = read();
      if (ownValue(known, name) !== dir) writeFileSync(file, JSON.stringify({ ...known, [name]: dir }));
    },
  };
};
