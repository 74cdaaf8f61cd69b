import { messageOf } from '@precedent/kernel';
import { invalidField } from '../refusal.ts';

export interface ExtractOptions {
  readonly pattern: string;
  /** Some of i, m, s and u. */
  readonly flags: string;
  readonly limit: number;
  /** A pattern can take for ever, and nothing but the end of its thread ends it. */
  readonly timeoutMs: number;
}

export interface Match {
  /** Of its first character. */
  readonly at: number;
  readonly text: string;
  /** Numbered groups; `null` for one that took no part. */
  readonly groups: readonly (string | null)[];
  readonly named?: Readonly<Record<string, string | null>>;
}

export interface Extracted {
  readonly matches: readonly Match[];
  /** There are more than `limit`. */
  readonly truncated: boolean;
}

/** All matches of a pattern. Throws INVALID_TASK for what is no pattern. */
export const extract = (text: string, { pattern, flags, limit }: ExtractOptions): Extracted => {
  const matches: Match[] = [];
  for (const match of text.matchAll(expressionOf(pattern, `${flags}g`))) {
    if (matches.length === limit) return { matches, truncated: true };
    matches.push(shown(match));
  }
  return { matches, truncated: false };
};

const expressionOf = (pattern: string, flags: string): RegExp => {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    throw invalidField('pattern', messageOf(error));
  }
};

const shown = (match: RegExpExecArray): Match => {
  const [text, ...groups] = match;
  const named = Object.entries(match.groups ?? {}).map(([name, value]) => [name, orNull(value)]);
  return {
    at: match.index,
    text,
    groups: groups.map(orNull),
    ...(match.groups && { named: Object.fromEntries(named) as Record<string, string | null> }),
  };
};

const orNull = (value: string | undefined): string | null => value ?? null;
