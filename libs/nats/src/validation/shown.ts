import { cutText, excerptOf } from '@precedent/kernel';

const VALUE_CHARS = 80;
/** Text that is looked at for the first characters of a value; what is longer is not written as JSON. */
const TEXT_CHARS = 2 * VALUE_CHARS;

/** What came, for a message: the count of a list, the type of an object, and no more of a text than a person needs. */
export const shown = (value: unknown): string => {
  if (Array.isArray(value)) return `${value.length}`;
  if (typeof value === 'object' && value !== null) return objectShown(value);
  const isLong = typeof value === 'string' && value.length > TEXT_CHARS;
  const text = JSON.stringify(isLong ? cutText(value, TEXT_CHARS) : value) ?? String(value);
  if (text.length <= VALUE_CHARS) return text;
  const length = typeof value === 'string' ? value.length : text.length;
  return `${excerptOf(text, VALUE_CHARS)} (${length} characters)`;
};

const KEYS_SHOWN = 5;

const objectShown = (value: object): string => {
  const keys = Object.keys(value);
  const some = keys.slice(0, KEYS_SHOWN).map((key) => excerptOf(key, VALUE_CHARS / KEYS_SHOWN));
  return `{${some.join(', ')}${keys.length > KEYS_SHOWN ? ', …' : ''}}`;
};
