import { cutText } from '@precedent/kernel';

/** The most artifacts of one task. */
const ARTIFACTS_MAX = 64;
const NAME_CHARS = 200;
const HASH_CHARS = 80;

type Named = readonly [name: string, hash: string];

/**
 * The artifacts that a result names, as content hash by name: `artifacts`, a list of names or of `{name, sha256}`, and the result itself
 * when it is a stored object, as those of `storage.put`, `data.export` and `report.generate` are. The hash is `''` when absent.
 */
export const artifactsIn = (result: unknown): Readonly<Record<string, string>> | undefined => {
  if (typeof result !== 'object' || result === null) return undefined;
  const listed: unknown = 'artifacts' in result ? result.artifacts : undefined;
  const own = 'sha256' in result ? named(result) : [];
  const found = [...own, ...(Array.isArray(listed) ? listed.flatMap(named) : [])].slice(0, ARTIFACTS_MAX);
  return found.length === 0 ? undefined : Object.fromEntries(found);
};

const named = (artifact: unknown): readonly Named[] => {
  if (typeof artifact === 'string') return artifact === '' ? [] : [[cutText(artifact, NAME_CHARS), '']];
  if (typeof artifact !== 'object' || artifact === null) return [];
  const { name, sha256 } = artifact as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '') return [];
  return [[cutText(name, NAME_CHARS), typeof sha256 === 'string' ? cutText(sha256, HASH_CHARS) : '']];
};
