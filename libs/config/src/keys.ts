import { z } from 'zod';
import type { LeafNotes } from './leaf.ts';
import { leafNotes } from './leaf.ts';
import { FORMER_POLICY_KEYS } from './policy-schema.ts';
import { configSchema } from './schema.ts';

/** One key of the configuration, such as `execution.retryDelay`. */
export interface Key extends LeafNotes {
  readonly key: string;
  /** `PRECEDENT_EXECUTION_RETRY_DELAY`. */
  readonly env: string;
}

/** The one rule of names: section and key in upper snake case. */
export const envNameOf = (key: string): string =>
  `PRECEDENT_${key
    .replaceAll('.', '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()}`;

const walk = (section: z.ZodObject, prefix: string): Key[] =>
  Object.entries(section.shape).flatMap(([name, inner]) => {
    const key = prefix + name;
    if (inner instanceof z.ZodObject) return walk(inner, `${key}.`);
    const notes = leafNotes.get(inner as z.ZodType);
    if (!notes) throw new Error(`the key ${key} was not made by a leaf function`);
    return [{ ...notes, key, env: envNameOf(key) }];
  });

/** Every key, in the order of the schema. */
export const KEYS: readonly Key[] = walk(configSchema, '');

const byKey = new Map(KEYS.map((one) => [one.key, one]));
export const keyNamed = (key: string): Key | undefined => byKey.get(key);

/** Whether other keys lie under this one: `bands`, `bands.low`, `worker.http`. */
export const isSection = (key: string): boolean => KEYS.some((one) => one.key.startsWith(`${key}.`));

/** The names that may stand directly in a section; `''` is the top of the file. */
export const namesIn = (section: string): string[] => {
  const prefix = section === '' ? '' : `${section}.`;
  const inside = KEYS.filter((one) => one.key.startsWith(prefix));
  return [...new Set(inside.map((one) => one.key.slice(prefix.length).split('.')[0] ?? ''))];
};

/** Keys of earlier versions: those had no effect, or nothing was gained by changing them. */
const FORMER_KEYS = [...FORMER_POLICY_KEYS, 'server.httpPort', 'server.grpcPort', 'server.mcpPort'];

/** The end of a message about a name that is no key: that an earlier version had it, or the nearest name. `nameOf`: what its source calls a key. */
export const adviceOn = (
  name: string,
  near: string | undefined,
  nameOf = (key: string): string => key,
): string => {
  if (FORMER_KEYS.some((key) => nameOf(key) === name)) return ' any more: its value is fixed, remove it';
  return near === undefined ? '' : `; did you mean ${near}?`;
};
