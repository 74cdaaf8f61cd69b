import type { z } from 'zod';
import type { Secret } from './secret.ts';
import type { configSchema } from './schema.ts';

type Frozen<T> = T extends Secret
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Frozen<T[K]> }
      : T;

/** The effective value of every key: nothing is optional, durations are milliseconds, sizes are bytes. */
export type Settings = Frozen<z.output<typeof configSchema>>;

/** The settings, frozen, and where each value came from. */
export interface Config extends Settings {
  /** By key: `default`, `precedent.yaml:12`, `env PRECEDENT_CELL` or `flag`. */
  readonly origins: Readonly<Record<string, string>>;
  /** Absolute path of the file that was read; empty when there was none. */
  readonly file: string;
}
