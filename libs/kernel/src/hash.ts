/** A fast 53-bit hash of a text (cyrb53). Tells two bodies apart; it is not a defence against forgery. */
export const hash53 = (text: string): number => {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const ch = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ ch, 2654435761);
    h2 = Math.imul(h2 ^ ch, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return 4294967296 * (2097151 & h2) + (h1 >>> 0);
};

/**
 * A value of JSON as RFC 8785 writes it: keys in the order of their UTF-16 units, integer-like ones too. Two texts of the same value
 * give the same one.
 */
export const canonicalText = (value: unknown): string => {
  if (hasCanonicalKeys(value)) return JSON.stringify(value) ?? 'null';
  const copy = withSortedKeys(value);
  return hasCanonicalKeys(copy) ? JSON.stringify(copy) : orderedText(value);
};

/** What is in order is not copied. */
const withSortedKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null || hasCanonicalKeys(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) {
    const inner = value[key as keyof typeof value];
    if (inner === undefined) continue;
    // Assigned, it would be the prototype.
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: withSortedKeys(inner), enumerable: true });
    else copy[key] = withSortedKeys(inner);
  }
  return copy;
};

/** Whether `JSON.stringify` writes the keys of a value of JSON in the order of RFC 8785. A look costs a tenth of a sort. */
export const hasCanonicalKeys = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(hasCanonicalKeys);
  let before = '';
  for (const key in value) {
    if (key < before || !hasCanonicalKeys(value[key as keyof typeof value])) return false;
    before = key;
  }
  return true;
};

/** For keys that look like integers: an object lists them first, by their number, in whatever order they were added. */
const orderedText = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(orderedText).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${orderedText(inner)}`);
  return `{${members.join(',')}}`;
};

/** SHA-256 of a text in UTF-8, in base64url: 43 characters, where hex has 64. */
export type Sha256 = (text: string) => string;

/**
 * JSON with sorted keys, but for integer-like ones, which come first and by their number. Hashes of checkpoints and decisions that are
 * kept were made of this text.
 */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'null';

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
};
