/**
 * What a JSON text says that its value would not: numbers that a double cannot hold, and halves of surrogate pairs. `JSON.parse`
 * changes the first without a word, and lets the second in, which no UTF-8 holds.
 */
export interface JsonFault {
  readonly kind: 'number' | 'surrogate';
  /** Where it begins in the text, and how long it is; in UTF-16 units. */
  readonly at: number;
  readonly length: number;
}

export interface JsonScan {
  /** Levels of arrays and objects in one another. */
  readonly depth: number;
  /** Characters by which the value may be longer when it is written again: of `1e20` all digits are written. */
  readonly growth: number;
  /** Of all objects, each as often as it comes. */
  readonly keys: number;
  /** In the order of the text. */
  readonly faults: readonly JsonFault[];
}

interface Found {
  exponents: number;
  readonly faults: JsonFault[];
}

/**
 * Looks through a JSON text, once and without calling itself. It takes about a nanosecond for each character, so that every message can
 * be looked at. Of a text that is no JSON it says anything.
 */
export const scanJson = (text: string): JsonScan => {
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  const found: Found = { exponents: 0, faults: [] };
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = stringEnd(text, at, found.faults);
    // Braces differ from brackets in this bit only.
    else if ((char & 0xdf) === OPEN) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if ((char & 0xdf) === CLOSE) depth--;
    else if (char >= ZERO && char <= NINE) at = numberEnd(text, at, found) - 1;
    else if (char === COLON) keys++;
  }
  return { keys, depth: deepest, growth: found.exponents * NUMBER_CHARS_MAX, faults: found.faults };
};

/** Of a number as JavaScript writes it. */
const NUMBER_CHARS_MAX = 25;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const COLON = 0x3a;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
/** `\uXXXX` */
const ESCAPE_CHARS = 6;

/** The place of the closing quote. */
const stringEnd = (text: string, start: number, faults: JsonFault[]): number => {
  let at = start + 1;
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) return at;
    if (char !== BACKSLASH) continue;
    at++;
    if (text.charCodeAt(at) === LOWER_U) at = escapeEnd(text, at - 1, faults);
  }
  return at;
};

/** The last character of an escaped unit, or of a pair of them, that begins at `start`. */
const escapeEnd = (text: string, start: number, faults: JsonFault[]): number => {
  const end = start + ESCAPE_CHARS;
  const unit = unitAt(text, start);
  if (unit < 0xd800 || unit > 0xdfff) return end - 1;
  const isHigh = unit < 0xdc00;
  const next = isHigh ? unitAt(text, end) : Number.NaN;
  if (next >= 0xdc00 && next <= 0xdfff) return end + ESCAPE_CHARS - 1;
  faults.push({ kind: 'surrogate', at: start, length: ESCAPE_CHARS });
  return end - 1;
};

/** The unit that is escaped there; not a number when none is. */
const unitAt = (text: string, at: number): number =>
  text.charCodeAt(at) === BACKSLASH && text.charCodeAt(at + 1) === LOWER_U
    ? Number.parseInt(text.slice(at + 2, at + ESCAPE_CHARS), 16)
    : Number.NaN;

/** Every whole number of as many digits is a double. */
const SAFE_DIGITS = 15;
/** A number of as many digits after an exponent's minus is larger than the smallest double. */
const SAFE_NEGATIVE = 2;

/** The place after a number, of which a sign is no part here: it changes nothing. */
const numberEnd = (text: string, start: number, found: Found): number => {
  let at = digitsEnd(text, start);
  let isDoubtful = at - start > SAFE_DIGITS;
  if (text.charCodeAt(at) === DOT) at = digitsEnd(text, at + 1);
  if ((text.charCodeAt(at) | 0x20) === LOWER_E) {
    found.exponents++;
    const sign = text.charCodeAt(at + 1);
    const from = at + (sign === PLUS || sign === MINUS ? 2 : 1);
    at = digitsEnd(text, from);
    isDoubtful ||= sign !== MINUS || at - from > SAFE_NEGATIVE;
  }
  if (isDoubtful && !isExact(text.slice(start, at)))
    found.faults.push({ kind: 'number', at: start, length: at - start });
  return at;
};

const digitsEnd = (text: string, start: number): number => {
  let at = start;
  for (let char = text.charCodeAt(at); char >= ZERO && char <= NINE; char = text.charCodeAt(at)) at++;
  return at;
};

/**
 * Whether the double that this number is read as stands for it. The fraction of a smaller number is rounded as everywhere in JSON; a
 * whole one has to be written again as it is, because others may hold it exactly.
 */
const isExact = (token: string): boolean => {
  const value = Number(token);
  if (!Number.isFinite(value)) return false;
  if (value === 0) return !/[1-9]/.test(token.split(/e/i, 1)[0] ?? '');
  return value < 2 ** 53 || decimalOf(token) === decimalOf(String(value));
};

/** Digits without zeros around them, and the power of ten. */
const decimalOf = (token: string): string => {
  const [mantissa = '', exponent = '0'] = token.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  let from = 0;
  while (digits[from] === '0') from++;
  let to = digits.length;
  while (to > from && digits[to - 1] === '0') to--;
  return `${digits.slice(from, to)}e${Number(exponent) - fraction.length + digits.length - to}`;
};

/** A fault with the keys and indexes that lead to its value; no more of them than a message needs. */
export interface LocatedFault extends JsonFault {
  readonly path: readonly (string | number)[];
}

const PATH_MAX = 16;

/** Where in the value the faults of a valid JSON text are. */
export const locateFaults = (text: string, faults: readonly JsonFault[]): readonly LocatedFault[] => {
  const path: (string | number)[] = [];
  const located: LocatedFault[] = [];
  let isKey = false;
  for (let at = 0, next = faults[0]; at < text.length && next !== undefined; at++) {
    const char = text.charCodeAt(at);
    const isString = char === QUOTE;
    const end = isString ? stringEnd(text, at, []) : at;
    if (isString && isKey) {
      path[path.length - 1] = JSON.parse(text.slice(at, end + 1)) as string;
      isKey = false;
    }
    for (; next !== undefined && next.at <= end; next = faults[located.length])
      located.push({ ...next, path: path.slice(0, PATH_MAX) });
    at = end;
    const last = path.at(-1);
    if (char === 0x7b || char === OPEN) {
      path.push(char === OPEN ? 0 : '');
      isKey = char !== OPEN;
    } else if ((char & 0xdf) === CLOSE) path.pop();
    else if (char === 0x2c) {
      if (typeof last === 'number') path[path.length - 1] = last + 1;
      isKey = typeof last === 'string';
    }
  }
  return located;
};
