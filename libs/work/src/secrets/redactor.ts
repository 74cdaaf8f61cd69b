import { isLineEnd, patternsOf } from './patterns.ts';

/** What stands in place of a secret. */
export const MASK = '[secret]';

/** A text that comes in pieces. The output does not depend on how it was cut. */
export interface RedactedStream {
  /** The text that can be passed on; what may be the beginning of a secret is held back. */
  push(text: string): string;
  /** What was held back. */
  end(): string;
}

/** Replaces secrets, also escaped ones and those within base64. */
export interface Redactor {
  /** A whole text, which may have been cut out of a longer one: parts of a secret at its ends are replaced too. */
  readonly text: (text: string) => string;
  stream(): RedactedStream;
}

/** Characters of a secret at the end of a text that count as the secret. */
const PART_MIN = 4;
/** Fewer characters of the beginning of a secret are no secret, wherever they are. */
const PREFIX_MIN = 8;

export const redactorOf = (secrets: Iterable<string>): Redactor => {
  const patterns = [...new Set([...secrets].flatMap(patternsOf))];
  const byFirst = new Map<string, string[]>();
  for (const pattern of patterns) {
    const first = pattern.charAt(0);
    byFirst.set(first, [...(byFirst.get(first) ?? []), pattern]);
  }
  return {
    text: (text) => {
      const { out, rest } = scan(afterStart(text, patterns), byFirst);
      return out + ended(rest, byFirst);
    },
    stream: () => {
      let held = '';
      return {
        push: (text) => {
          const { out, rest } = scan(held + text, byFirst);
          held = rest;
          return out;
        },
        end: () => {
          const rest = held;
          held = '';
          return ended(rest, byFirst);
        },
      };
    },
  };
};

type Patterns = ReadonlyMap<string, readonly string[]>;

interface Scanned {
  readonly out: string;
  /** Begins where a secret may begin that goes on in the next piece. */
  readonly rest: string;
}

/** From left to right, the longest match first. A place is decided when the text that follows can no longer change it. */
const scan = (text: string, patterns: Patterns): Scanned => {
  let out = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const found = longestAt(text, at, patterns);
    if (found === undefined) continue;
    if (found.isOpen) return { out: out + text.slice(from, at), rest: text.slice(at) };
    if (!found.isSecret) continue;
    out += text.slice(from, at) + MASK;
    from = found.end;
    at = found.end - 1;
  }
  return { out: out + text.slice(from), rest: '' };
};

/** The rest of a text that goes on no more. */
const ended = (rest: string, patterns: Patterns): string => {
  if (rest === '') return '';
  const found = longestAt(rest, 0, patterns);
  if (found !== undefined && (found.isSecret || (found.isOpen && found.chars >= PART_MIN))) {
    return MASK + ended(rest.slice(found.end), patterns);
  }
  const { out, rest: later } = scan(rest.slice(1), patterns);
  return rest.charAt(0) + out + ended(later, patterns);
};

interface Found {
  /** Behind the last character that agrees. */
  readonly end: number;
  /** Characters that agree, without line ends. */
  readonly chars: number;
  /** A whole secret, or most of the beginning of one that was cut. */
  readonly isSecret: boolean;
  /** The text ended before the pattern did. */
  readonly isOpen: boolean;
}

const longestAt = (text: string, at: number, patterns: Patterns): Found | undefined => {
  let longest: Found | undefined;
  let isOpen = false;
  for (const pattern of patterns.get(text.charAt(at)) ?? []) {
    const found = agreement(text, at, pattern);
    isOpen ||= found.isOpen;
    if (!longest || found.isSecret > longest.isSecret || isLonger(found, longest)) longest = found;
  }
  return longest && { ...longest, isOpen };
};

const isLonger = (one: Found, other: Found): boolean =>
  one.isSecret === other.isSecret && one.chars > other.chars;

const agreement = (text: string, at: number, pattern: string): Found => {
  let end = at;
  let chars = 0;
  for (let next = at; next < text.length && chars < pattern.length; next++) {
    if (isLineEnd(text[next])) continue;
    if (text[next] !== pattern[chars]) return found(end, chars, pattern, false);
    chars++;
    end = next + 1;
  }
  return found(end, chars, pattern, chars < pattern.length);
};

const found = (end: number, chars: number, pattern: string, isOpen: boolean): Found => {
  const isSecret = chars === pattern.length || chars >= Math.max(PREFIX_MIN, Math.ceil(pattern.length / 2));
  return { end, chars, isSecret, isOpen };
};

/** A text without the end of a secret that it begins with. */
const afterStart = (text: string, patterns: readonly string[]): string => {
  const longest = Math.max(0, ...patterns.map((pattern) => endingAt(text, pattern)));
  return longest === 0 ? text : MASK + text.slice(longest);
};

/** Where the longest end of the pattern ends with which the text begins; 0 for none. */
const endingAt = (text: string, pattern: string): number => {
  for (let from = 1; from <= pattern.length - PART_MIN; from++) {
    if (pattern[from] !== text[0]) continue;
    const { end, chars } = agreement(text, 0, pattern.slice(from));
    if (chars === pattern.length - from) return end;
  }
  return 0;
};
