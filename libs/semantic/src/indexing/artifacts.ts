import { cutText } from '@precedent/kernel';

/** Artifacts of one task that are remembered. */
const KEPT_MAX = 64;
const NAME_CHARS = 200;
const HASH_CHARS = 80;

type Named = readonly [name: string, hash: string];

/**
 * What a result says that the run has left, as content hash by name: `artifacts`, a list of names or of `{name, sha256}`; and the
 * result itself where it is a stored object, as those of `storage.put`, `data.export` and `report.generate` are. No hash: `''`.
 */
export const artifactsIn = (result: unknown): Readonly<Record<string, string>> | undefined => {
  if (typeof result !== 'object' || result === null) return undefined;
  const listed: unknown = 'artifacts' in result ? result.artifacts : undefined;
  const itself = 'sha256' in result ? named(result) : [];
  const found = [...itself, ...(Array.isArray(listed) ? listed.flatMap(named) : [])].slice(0, KEPT_MAX);
  return found.length === 0 ? undefined : Object.fromEntries(found);
};

const named = (one: unknown): readonly Named[] => {
  if (typeof one === 'string') return one === '' ? [] : [[cutText(one, NAME_CHARS), '']];
  if (typeof one !== 'object' || one === null) return [];
  const { name, sha256 } = one as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '') return [];
  return [[cutText(name, NAME_CHARS), typeof sha256 === 'string' ? cutText(sha256, HASH_CHARS) : '']];
};
