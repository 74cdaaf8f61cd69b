import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '@precedent/kernel';

/** The value of a secret for the tasks of a namespace; `undefined` when there is none. Throws when it cannot be read. */
export type SecretSource = (name: string, namespace: string) => Promise<string | undefined>;

export interface SecretPlaces {
  /** Holds `<namespace>/<name>`. Empty: none. */
  readonly folder: string;
  /** What the names of variables begin with. Empty: none. */
  readonly prefix: string;
  /** The only namespace whose tasks get secrets from variables. */
  readonly namespace: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const NAME = /^\w(?:[\w.-]{0,126}\w)?$/;
/** A namespace is one token of a subject. */
const NAMESPACE = /^[\w-]+$/;

/** Reads for each attempt again, so that a renewed secret counts at once. A file goes before a variable. One line end at its end is left out. */
export const secretsIn =
  ({ folder, prefix, namespace: own, env }: SecretPlaces): SecretSource =>
  async (name, namespace) => {
    if (!NAME.test(name) || !NAMESPACE.test(namespace)) return undefined;
    const text = folder === '' ? undefined : await textOf(join(folder, namespace, name));
    if (text !== undefined || prefix === '' || namespace !== own) return text;
    return env[prefix + name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')];
  };

const textOf = async (file: string): Promise<string | undefined> => {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
};
