import type { JsonIssue, ReadJson } from './read-json.ts';

/**
 * The first key that comes twice in an object: `JSON.parse` takes the last one, and another reader may take the first. `value` is not nested
 * more deeply than recursive code can follow.
 */
export const repeatedKey = (
  text: string,
  { value, keys }: Pick<ReadJson, 'value' | 'keys'>,
): JsonIssue | undefined =>
  keys === keysOf(value) ? undefined : { path: pathOfRepeated(text), message: 'the key comes twice' };

const keysOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) for (const one of value) keys += keysOf(one);
  else for (const key of Object.keys(value)) keys += 1 + keysOf((value as Record<string, unknown>)[key]);
  return keys;
};

/** Strings, and the characters that open, close and separate. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

interface Level {
  /** Of an object; absent: an array. */
  readonly seen?: Set<string>;
  /** The key or the index of the value that is read. */
  at: string | number;
  isKeyNext: boolean;
}

/** Slow: only for a text that is refused. */
const pathOfRepeated = (text: string): (string | number)[] => {
  const levels: Level[] = [];
  for (const [token] of text.matchAll(TOKENS)) {
    const level = levels.at(-1);
    if (token === '{') levels.push({ seen: new Set(), at: '', isKeyNext: true });
    else if (token === '[') levels.push({ at: 0, isKeyNext: false });
    else if (token === '}' || token === ']') levels.pop();
    else if (level === undefined) continue;
    else if (token === ',') nextIn(level);
    else if (level.isKeyNext && isRepeated(level, token)) break;
  }
  return levels.map(({ at }) => at);
};

const nextIn = (level: Level): void => {
  if (typeof level.at === 'number') level.at++;
  else level.isKeyNext = true;
};

const isRepeated = (level: Level, token: string): boolean => {
  const key = JSON.parse(token) as string;
  level.at = key;
  level.isKeyNext = false;
  if (level.seen?.has(key)) return true;
  level.seen?.add(key);
  return false;
};
