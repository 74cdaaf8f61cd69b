import { cutText, excerptOf } from '@precedent/kernel';

const VALUE_CHARS = 80;
/** Characters of a string that are serialised to describe it. */
const TEXT_CHARS = 2 * VALUE_CHARS;

/** A short description of a value, for an error message: the length of a list, some keys of an object, the beginning of a text. */
export const describeValue = (value: unknown): string => {
  if (Array.isArray(value)) return `${value.length}`;
  if (typeof value === 'object' && value !== null) return describeObject(value);
  const isLong = typeof value === 'string' && value.length > TEXT_CHARS;
  const text = JSON.stringify(isLong ? cutText(value, TEXT_CHARS) : value) ?? String(value);
  if (text.length <= VALUE_CHARS) return text;
  const length = typeof value === 'string' ? value.length : text.length;
  return `${excerptOf(text, VALUE_CHARS)} (${length} characters)`;
};

const KEYS_SHOWN = 5;

const describeObject = (value: object): string => {
  const keys = Object.keys(value);
  const some = keys.slice(0, KEYS_SHOWN).map((key) => excerptOf(key, VALUE_CHARS / KEYS_SHOWN));
  return `{${some.join(', ')}${keys.length > KEYS_SHOWN ? ', …' : ''}}`;
};
