const PATHS_MAX = 64;
const DEPTH_MAX = 6;

/** The sorted keys and types of a JSON value, without its values: `items[].sku:string`. At most 64, six levels deep. */
export const shapeOf = (value: unknown): readonly string[] => {
  const found = new Set<string>();
  walk(value, '', { found, depth: 0 });
  return [...found].toSorted().slice(0, PATHS_MAX);
};

interface Walk {
  readonly found: Set<string>;
  readonly depth: number;
}

const walk = (value: unknown, at: string, { found, depth }: Walk): void => {
  const isBranch = value !== null && typeof value === 'object' && depth < DEPTH_MAX;
  if (!isBranch || found.size >= PATHS_MAX) {
    found.add(`${at}:${typeName(value)}`);
    return;
  }
  const next = { found, depth: depth + 1 };
  if (Array.isArray(value)) {
    for (const element of value.slice(0, 5)) walk(element, `${at}[]`, next);
    return;
  }
  for (const [key, inner] of Object.entries(value)) walk(inner, at === '' ? key : `${at}.${key}`, next);
};

const typeName = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
};
