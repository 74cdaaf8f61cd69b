import path from 'node:path';
import { AppError, nearest } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { crossCheck } from './checks.ts';
import { readEnvironment } from './environment.ts';
import { findFile, readFile } from './file.ts';
import { KEYS, adviceOn, keyNamed } from './keys.ts';
import type { RawLayer, RawValue } from './raw.ts';
import { configSchema } from './schema.ts';
import { Secret } from './secret.ts';
import type { Config, Settings } from './settings.ts';

export interface LoadOptions {
  /** Absolute. Relative paths start here, except those written in a file: they start at its folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Must exist. Without it: PRECEDENT_CONFIG, which must exist too, then `precedent.yaml` in `cwd` if there is one. */
  readonly file?: string;
  /** By key, such as `{'nats.port': 4333}`: the flags of a program. `undefined` counts as not given. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/**
 * Defaults, the file, PRECEDENT_* variables and overrides, each over the one before, checked and compiled.
 * Throws INVALID_CONFIG with every problem of every source at once.
 */
export const loadConfig = ({ cwd, env, file, overrides = {} }: LoadOptions): Config => {
  const found = findFile(cwd, file ?? (env['PRECEDENT_CONFIG'] || undefined));
  const layers = [
    resolvePaths(DEFAULT_PATHS, cwd),
    ...(found === undefined ? [] : [resolvePaths(consistent(readFile(found, cwd)), path.dirname(found))]),
    resolvePaths(readEnvironment(env), cwd),
    resolvePaths(readOverrides(overrides), cwd),
  ];
  const raw = new Map<string, RawValue>(layers.flatMap((layer) => [...layer.values]));
  const { settings, issues } = compile(raw);
  const all = [...layers.flatMap((layer) => layer.issues), ...issues];
  if (!settings || all.length > 0) throw invalid(all);
  return deepFreeze({ ...settings, origins: originsOf(raw), file: found ?? '' });
};

/** Keys for a server of our own, each with the key that names a running one instead. */
const EITHER_OR = [
  ['nats.port', 'nats.url'],
  ['nats.binary', 'nats.url'],
  ['vectorizer.port', 'vectorizer.url'],
  ['vectorizer.binary', 'vectorizer.url'],
] as const;

/** A file that says both of two that exclude each other is wrong. A variable or a flag may replace what the file says. */
const consistent = ({ values, issues }: RawLayer): RawLayer => {
  const isSet = (key: string): boolean => (values.get(key)?.value ?? '') !== '';
  const both = EITHER_OR.filter((keys) => keys.every(isSet));
  const contradictions = both.map(([own, running]) => ({
    field: own,
    message: `it is for a server of our own, and ${running} names a running one: leave one of the two out`,
  }));
  return { values, issues: [...issues, ...contradictions] };
};

const readOverrides = (overrides: Readonly<Record<string, unknown>>): RawLayer => {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const keys = KEYS.map((one) => one.key);
  const unknown = given.filter(([key]) => !keyNamed(key));
  return {
    values: new Map(given.map(([key, value]) => [key, { value, origin: 'flag' }])),
    issues: unknown.map(([key]) => ({
      field: key,
      message: `no such key${adviceOn(key, nearest(key, keys))}`,
    })),
  };
};

/** Keys that hold paths. */
const PATHS = [
  'storage.dataDir',
  'nats.binary',
  'nats.encryptionKeyFile',
  'nats.tls.ca',
  'nats.tls.cert',
  'nats.tls.key',
  'vectorizer.binary',
  'vectorizer.ca',
  'vectorizer.modelDir',
  'worker.secrets.folder',
];
/** Those that may hold the name of a program instead, which is then looked for on PATH. */
const PROGRAMS: ReadonlySet<string> = new Set(['nats.binary', 'vectorizer.binary']);

const DEFAULT_PATHS: RawLayer = {
  values: new Map(PATHS.map((key) => [key, { value: keyNamed(key)?.initial, origin: 'default' }])),
  issues: [],
};

/** Relative paths start where they were written: in the file's folder, or where the program was called. */
const resolvePaths = ({ values, issues }: RawLayer, base: string): RawLayer => {
  const resolved = new Map(values);
  for (const key of PATHS) {
    const raw = values.get(key);
    if (typeof raw?.value !== 'string' || raw.value === '') continue;
    if (PROGRAMS.has(key) && !raw.value.includes('/')) continue;
    resolved.set(key, { value: path.resolve(base, raw.value), origin: raw.origin });
  }
  return { values: resolved, issues };
};

interface Compiled {
  readonly settings?: Settings;
  readonly issues: readonly Issue[];
}

const compile = (raw: ReadonlyMap<string, RawValue>): Compiled => {
  const { success, data, error } = configSchema.safeParse(nested(raw));
  if (success) return { settings: data, issues: crossCheck(data) };
  const issues = error.issues.map((issue) => {
    const field = issue.path.join('.');
    const origin = raw.get(field)?.origin;
    return { field, message: origin === undefined ? issue.message : `${issue.message} (${origin})` };
  });
  return { issues };
};

interface Tree {
  [name: string]: unknown;
}

/** Every section is there, so that the schema can fill its keys. */
const nested = (raw: ReadonlyMap<string, RawValue>): Tree => {
  const tree: Tree = {};
  for (const { key } of KEYS) {
    const names = key.split('.');
    const last = names.pop() ?? '';
    let section = tree;
    for (const name of names) section = (section[name] ??= {}) as Tree;
    const given = raw.get(key);
    if (given) section[last] = given.value;
  }
  return tree;
};

const originsOf = (raw: ReadonlyMap<string, RawValue>): Record<string, string> =>
  Object.fromEntries(KEYS.map(({ key }) => [key, raw.get(key)?.origin ?? 'default']));

const invalid = (issues: readonly Issue[]): AppError => {
  const count = `${issues.length} ${issues.length === 1 ? 'problem' : 'problems'}`;
  return new AppError('INVALID_CONFIG', `the configuration has ${count}`, { issues });
};

const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
};
