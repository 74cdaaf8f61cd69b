import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@precedent/kernel';

/** How the vector of a text is made of what a model computes. */
export interface ModelSettings {
  /** The mean of the vectors of all tokens, or the vector of the first one. */
  readonly pooling: 'mean' | 'cls';
  /** Stands before every text: `query: `. */
  readonly prompt: string;
  /** The mean vector of a few fixed texts is subtracted, because all vectors of many models point into similar directions. */
  readonly isCentred: boolean;
}

/** Files of sentence-transformers, which lie in the folders of many models. */
const POOLING = path.join('1_Pooling', 'config.json');
const PROMPTS = 'config_sentence_transformers.json';

/**
 * What the folder of a model says of pooling and of a default prompt; without these files the mean, and no prompt. Rejects with
 * EMBEDDER_UNAVAILABLE when it names another pooling.
 */
export const settingsIn = async (dir: string): Promise<ModelSettings> => ({
  pooling: poolingIn(await jsonIn(path.join(dir, POOLING)), dir),
  prompt: promptIn(await jsonIn(path.join(dir, PROMPTS))),
  isCentred: true,
});

type Json = Readonly<Record<string, unknown>>;

const jsonIn = async (file: string): Promise<Json | undefined> => {
  if (!existsSync(file)) return undefined;
  try {
    return Object(JSON.parse(await readFile(file, 'utf8'))) as Json;
  } catch (error) {
    throw new AppError('EMBEDDER_UNAVAILABLE', `${file} is no JSON`, { cause: error });
  }
};

const poolingIn = (config: Json | undefined, dir: string): ModelSettings['pooling'] => {
  if (config === undefined) return 'mean';
  const named = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true);
  if (named.length === 1 && named[0] === 'pooling_mode_cls_token') return 'cls';
  if (named.length === 1 && named[0] === 'pooling_mode_mean_tokens') return 'mean';
  const fact = `${path.join(dir, POOLING)} names ${named.join(', ') || 'no pooling'}`;
  throw new AppError(
    'EMBEDDER_UNAVAILABLE',
    `${fact}; pooling_mode_mean_tokens or pooling_mode_cls_token alone is expected`,
  );
};

const promptIn = (config: Json = {}): string => {
  const prompts = Object(config['prompts'] ?? {}) as Json;
  const prompt = prompts[String(config['default_prompt_name'])];
  return typeof prompt === 'string' ? prompt : '';
};
