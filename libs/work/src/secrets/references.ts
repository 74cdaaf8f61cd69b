import type { Job } from '@precedent/contract-types';

/** A reference to a secret in a task. */
export interface SecretReference {
  /** As the submitter wrote it: `env.TOKEN`, `payload.headers.authorization`. */
  readonly field: string;
  readonly name: string;
}

/** The references of a task, and the task with values in their place. */
export interface SecretReferences {
  readonly found: readonly SecretReference[];
  readonly resolve: (valueOf: (name: string) => string) => Job;
}

/** Where tasks of a type may refer to secrets. */
export type FindReferences = (job: Job) => SecretReferences;

const SCHEME = 'secret://';
const NAME = String.raw`\w(?:[\w.-]{0,126}\w)?`;
const WITHIN = new RegExp(`${SCHEME}(${NAME})`, 'g');

/** The whole value of an environment variable. What begins like a reference is one, also with a name that no secret has. */
export const envReferences: FindReferences = (job) => {
  const entries = Object.entries(job.task.env ?? {}).filter(([, value]) => value.startsWith(SCHEME));
  const nameOf = (value: string): string => value.slice(SCHEME.length);
  return {
    found: entries.map(([key, value]) => ({ field: `env.${key}`, name: nameOf(value) })),
    resolve: (valueOf) => {
      const resolved = entries.map(([key, value]) => [key, valueOf(nameOf(value))]);
      return { ...job, task: { ...job.task, env: { ...job.task.env, ...Object.fromEntries(resolved) } } };
    },
  };
};

/** Anywhere in the headers and in the body of an `http` task. */
export const httpReferences: FindReferences = (job) => {
  const { payload } = job.task;
  if (typeof payload !== 'object' || payload === null) return { found: [], resolve: () => job };
  const parts = Object.entries(payload).filter(([key]) => key === 'headers' || key === 'body');
  return {
    found: parts.flatMap(([key, value]) => within(value, `payload.${key}`)),
    resolve: (valueOf) => {
      const fill = (text: string): string => text.replaceAll(WITHIN, (_, name: string) => valueOf(name));
      const resolved = parts.map(([key, value]) => [key, eachText(value, fill)]);
      return { ...job, task: { ...job.task, payload: { ...payload, ...Object.fromEntries(resolved) } } };
    },
  };
};

const within = (value: unknown, field: string): SecretReference[] => {
  if (typeof value === 'string') return [...value.matchAll(WITHIN)].map(([, name = '']) => ({ field, name }));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => within(inner, `${field}.${key}`));
};

/** The same JSON value with each text in it changed; names of fields stay. */
export const eachText = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => eachText(one, change));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, eachText(inner, change)]));
};
