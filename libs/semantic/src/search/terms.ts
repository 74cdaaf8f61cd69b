import type { Token } from '../text/words.ts';
import { isStopword, lastSegment, partsOf, stemOf, tokensOf } from '../text/words.ts';

/** A word of a query. */
export interface Term {
  readonly word: string;
  /** An id, a code, a file name, an identifier or a quoted phrase: it must stand there as it is. */
  readonly isExact: boolean;
}

const QUOTED =
  /"([^"]{2,200})"|“([^”]{2,200})”|`([^`]{2,200})`|(?<![\p{L}\p{N}])'([^']{2,200})'(?![\p{L}\p{N}])/gu;

/** The words of a query that say what is looked for, each once; quoted phrases as a whole. */
export const termsOf = (query: string): readonly Term[] => {
  const quoted = [...query.matchAll(QUOTED)].map((match) => ({
    word: (match.slice(1).find((one) => one !== undefined) ?? '').trim().toLowerCase(),
    isExact: true,
  }));
  const rest = tokensOf(query.replace(QUOTED, ' ')).filter(
    ({ word }) => word.length > 1 && !isStopword(word),
  );
  const terms = [...quoted, ...rest.flatMap(termsOfToken)];
  return [...new Map(terms.map((term) => [term.word, term])).values()].filter(({ word }) => word !== '');
};

const termsOfToken = (token: Token): readonly Term[] => {
  if (isExactLike(token.raw)) return [{ word: token.word, isExact: true }];
  return partsOf(token.raw)
    .filter((part) => !isStopword(part) && part.length > 1)
    .map((word) => ({ word, isExact: false }));
};

const EXTENSION = /^[\w.-]+\.[a-z][a-z0-9]{0,9}$/i;

/** Whether a word is one that nobody would paraphrase. */
export const isExactLike = (raw: string): boolean => {
  const hasDigit = /\d/.test(raw);
  const hasLetter = /\p{L}/u.test(raw);
  if (hasDigit && hasLetter) return true;
  if (hasDigit) return raw.length >= 3;
  if (/[_/\\@:#$]|\w\.\w/.test(raw)) return EXTENSION.test(raw) || /[_/\\@:#$.]\w/.test(raw);
  if (/^\p{Lu}{4,}$/u.test(raw)) return true;
  return /\p{Ll}\p{Lu}/u.test(raw) || /^\p{Lu}{2,}\p{Ll}{2,}/u.test(raw);
};

/** What a text is searched in: every form of its words, and the text itself for phrases. */
export interface Searchable {
  readonly words: ReadonlySet<string>;
  readonly text: string;
}

/** Whether a term stands literally in a text; inflected forms count for plain words. */
export const holds = ({ words, text }: Searchable, { word, isExact }: Term): boolean => {
  if (words.has(word)) return true;
  if (!isExact) return words.has(stemOf(word));
  if (/\s/.test(word)) return text.includes(word);
  return holdsPiece(words, text, word);
};

/** A path by its file, a compound by all of its parts in a row. */
const holdsPiece = (words: ReadonlySet<string>, text: string, word: string): boolean => {
  const last = lastSegment(word);
  if (last !== word && EXTENSION.test(last)) return words.has(last);
  const at = text.indexOf(word);
  if (at < 0) return false;
  const [before, after] = [text.charAt(at - 1), text.charAt(at + word.length)];
  return !/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after);
};
