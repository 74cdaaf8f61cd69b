import type { Sha256 } from '@precedent/kernel';

const HEAD = ',"sum":"';
const DIGEST_LENGTH = 43;
const TAIL = '"}';
const SEAL_LENGTH = HEAD.length + DIGEST_LENGTH + TAIL.length;

/** An object as JSON text, with the SHA-256 of all that is before it as its last member. */
export interface SealedText {
  readonly text: string;
  readonly sum: string;
}

/** `text`: JSON of an object that has members. */
export const seal = (text: string, sha256: Sha256): SealedText => {
  const body = text.slice(0, -1);
  const sum = sha256(body);
  return { text: body + HEAD + sum + TAIL, sum };
};

/** The sum that the text says it has; `undefined` for one of an older version. */
export const sumOf = (text: string): string | undefined => {
  const at = text.length - SEAL_LENGTH;
  if (at < 0 || !text.startsWith(HEAD, at) || !text.endsWith(TAIL)) return undefined;
  return text.slice(at + HEAD.length, -TAIL.length);
};

/** Whether the text is as it was sealed. `mayBeOlder`: an older version may have written it, without a seal. */
export const isIntact = (text: string, sha256: Sha256, mayBeOlder: boolean): boolean => {
  const sum = sumOf(text);
  return sum === undefined ? mayBeOlder : sha256(text.substring(0, text.length - SEAL_LENGTH)) === sum;
};

/** By what the next entry names this one. */
export const linkOf = (text: string, sha256: Sha256): string => sumOf(text) ?? sha256(text);
