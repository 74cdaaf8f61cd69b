import { ownValue, parseDuration, withoutCredentials } from '@precedent/kernel';
import { z } from 'zod';
import { Secret } from './secret.ts';
import { bytesText, durationText, parseBytes } from './units.ts';

/** What a reader of the file wants to know of one key. */
export interface LeafNotes {
  /** What may be written, in words: `expected …`. */
  readonly expected: string;
  /** The default, as one would write it in the file. */
  readonly initial: string;
  readonly print: (value: unknown) => string;
}

/** The notes of every leaf of the schema. A schema that has none is a section. */
export const leafNotes = z.registry<LeafNotes>();

interface LeafSteps<T> {
  readonly expected: string;
  /** As it would be written in the file. */
  readonly initial: unknown;
  /** `undefined` refuses. Text is always worth trying: an environment variable can hold nothing else. */
  readonly parse: (value: unknown) => T | undefined;
  readonly print?: (value: T) => string;
  /** Never repeat the refused value. */
  readonly secret?: boolean;
}

const leaf = <T>({ expected, initial, parse, print = shown, secret = false }: LeafSteps<T>) => {
  const schema = z
    .unknown()
    .transform((value, context) => {
      const parsed = parse(value);
      if (parsed !== undefined) return parsed;
      const got = secret ? 'something else' : withoutCredentials(JSON.stringify(value) ?? 'nothing');
      context.addIssue(`expected ${expected}, got ${got}`);
      return z.NEVER;
    })
    .prefault(initial);
  leafNotes.add(schema, { expected, initial: shown(initial), print: (value) => print(value as T) });
  return schema;
};

const shown = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name}=${String(inner)}`)
    .join(', ');
};

interface TextRule {
  readonly expected?: string;
  readonly pattern?: RegExp;
  readonly print?: (value: string) => string;
}

/** Texts longer than this are refused, whatever they are. */
const TEXT_CHARS_MAX = 4_096;

export const text = (initial: string, { expected = 'a text', pattern = /^/, print }: TextRule = {}) =>
  leaf({
    expected,
    initial,
    parse: (value) => {
      const known = typeof value === 'number' ? String(value) : value;
      if (typeof known !== 'string' || known.length > TEXT_CHARS_MAX) return undefined;
      return pattern.test(known) ? known : undefined;
    },
    ...(print && { print }),
  });

/** A text that becomes one token of a NATS subject. */
export const token = (initial: string) =>
  text(initial, {
    expected: 'letters, digits, "_" and "-", 64 at most',
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
  });

export const count = (initial: number, [min, max]: readonly [number, number]) =>
  leaf({
    expected: `a whole number from ${min} to ${max}`,
    initial,
    parse: (value) => {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
        ? number
        : undefined;
    },
  });

/** 0 asks the system for any free port. */
export const port = (initial: number) => count(initial, [0, 65_535]);

/** Also what a client may ask for at most; longer ones are typing mistakes. */
const DURATION_MS_MAX = 366 * 86_400_000;

/** Milliseconds, or a text such as `30s`; milliseconds afterwards. `none` is 0, where 0 is allowed. */
export const duration = (initial: string, minMs = 1) =>
  leaf({
    expected: `a duration such as "30s" or "5m", at least ${durationText(minMs)} and at most 366 days`,
    initial,
    parse: (value) => {
      if (value === 'none') return minMs === 0 ? 0 : undefined;
      if (typeof value !== 'string' && typeof value !== 'number') return undefined;
      const ms = parseDuration(value);
      return ms !== undefined && ms >= minMs && ms <= DURATION_MS_MAX ? ms : undefined;
    },
    print: durationText,
  });

/** A number of bytes, or a text such as `64MiB`; bytes afterwards. */
export const bytes = (initial: string, [min, max]: readonly [string, string]) =>
  leaf({
    expected: `a size from ${min} to ${max}`,
    initial,
    parse: (value) => {
      if (typeof value !== 'string' && typeof value !== 'number') return undefined;
      const size = parseBytes(value);
      const [low, high] = [parseBytes(min) ?? 0, parseBytes(max) ?? 0];
      return size !== undefined && size >= low && size <= high ? size : undefined;
    },
    print: bytesText,
  });

const FLAGS: Record<string, boolean> = {
  true: true,
  false: false,
  yes: true,
  no: false,
  on: true,
  off: false,
};

export const flag = (initial: boolean) =>
  leaf({
    expected: 'true or false',
    initial,
    parse: (value) => (typeof value === 'boolean' ? value : ownValue(FLAGS, String(value).toLowerCase())),
  });

export const choice = <const T extends string>(initial: NoInfer<T>, choices: readonly T[]) =>
  leaf({
    expected: `one of ${choices.join(', ')}`,
    initial,
    parse: (value) => choices.find((one) => one === value),
  });

const ITEMS_MAX = 1_000;

/** A list, or a text with commas. */
export const list = (initial: readonly string[], item: { expected: string; pattern: RegExp }) =>
  leaf<readonly string[]>({
    expected: `a list (or a text with commas) of ${item.expected}`,
    initial,
    parse: (value) => {
      const items = typeof value === 'string' ? splitList(value) : value;
      if (!Array.isArray(items) || items.length > ITEMS_MAX) return undefined;
      const good = items.every((one) => typeof one === 'string' && item.pattern.test(one));
      return good ? items.map(String) : undefined;
    },
  });

const splitList = (value: string): string[] =>
  value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** A mapping of names to texts, or a text such as `zone=a,disk=ssd`. */
export const labels = () =>
  leaf<Readonly<Record<string, string>>>({
    expected: 'names with values, or a text such as "zone=a,disk=ssd"',
    initial: {},
    parse: (value) => {
      if (typeof value === 'string') return splitLabels(value);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      const pairs = Object.entries(value);
      const good = pairs.every(([, inner]) => ['string', 'number', 'boolean'].includes(typeof inner));
      return good ? Object.fromEntries(pairs.map(([name, inner]) => [name, String(inner)])) : undefined;
    },
  });

const splitLabels = (value: string): Record<string, string> | undefined => {
  const pairs = splitList(value).map((pair) => /^([^=]+)=(.*)$/.exec(pair));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
};

/** A list of entries with fields of their own, or its text as JSON. What is wrong with a field is reported under the name of the field. */
export const records = <S extends z.ZodObject>(
  entry: S,
  { expected, max }: { readonly expected: string; readonly max: number },
) => {
  const error = `expected ${expected}`;
  const schema = z.preprocess(listIn, z.array(entry, { error }).max(max, { error })).prefault([]);
  const print = (value: unknown): string => ((value as unknown[]).length === 0 ? '' : JSON.stringify(value));
  leafNotes.add(schema, { expected, initial: '', print });
  return schema;
};

/** An environment variable can hold nothing but text. */
const listIn = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  if (value === '') return [];
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

export const secret = () =>
  leaf({
    expected: 'a text',
    initial: '',
    parse: (value) =>
      typeof value === 'string' || typeof value === 'number' ? new Secret(String(value)) : undefined,
    print: String,
    secret: true,
  });
