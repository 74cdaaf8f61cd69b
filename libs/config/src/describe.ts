import { KEYS } from './keys.ts';
import type { Config } from './settings.ts';

export interface ConfigRow {
  readonly key: string;
  /** As it could be written in the file; a secret is `***`. */
  readonly value: string;
  readonly origin: string;
}

/** The effective value of every key and where it came from, in the order of the schema. */
export const describeConfig = (config: Config): ConfigRow[] =>
  KEYS.map(({ key, print }) => ({
    key,
    value: print(valueAt(config, key)),
    origin: config.origins[key] ?? 'default',
  }));

const valueAt = (config: Config, key: string): unknown => {
  let value: unknown = config;
  for (const name of key.split('.')) value = (value as Record<string, unknown>)[name];
  return value;
};

export interface KeyRow {
  readonly key: string;
  readonly env: string;
  /** As it would be written in the file. */
  readonly initial: string;
  readonly expected: string;
}

/** Every key with its variable, its default and what it may be: the source of the reference page. */
export const describeKeys = (): KeyRow[] =>
  KEYS.map(({ key, env, initial, expected }) => ({ key, env, initial, expected }));
