import type { Token } from '../text/words.ts';
import { folded, isSpaceless, scriptRuns } from '../text/scripts.ts';
import { isStopword, lastSegment, partsOf, stemOf, tokensOf } from '../text/words.ts';

/** A word or phrase of a query. */
export interface Term {
  readonly word: string;
  /** An id, a code, a file name, an identifier or a quoted phrase: it must stand in the text literally. */
  readonly isExact: boolean;
  /** Words of the texts that differ from it by typing errors; absent for a word that stands in one of them. */
  readonly spellings?: readonly string[];
}

const QUOTED =
  /"([^"]{2,200})"|“([^“”]{2,200})”|`([^`]{2,200})`|(?<![\p{L}\p{N}])'([^']{2,200})'(?![\p{L}\p{N}])/gu;

/** The distinct terms of a query, without stopwords; a quoted phrase is one term. */
export const termsOf = (query: string): readonly Term[] => {
  const quoted = [...query.matchAll(QUOTED)].map((match) => ({
    word: folded(match.slice(1).find((one) => one !== undefined) ?? '').trim(),
    isExact: true,
  }));
  const rest = tokensOf(query.replace(QUOTED, ' ')).filter(({ word }) => isMeaningful(word));
  const terms = [...quoted, ...rest.flatMap(termsOfToken)];
  return [...new Map(terms.map((term) => [term.word, term])).values()].filter(({ word }) => word !== '');
};

/** A single character is no term, except in scripts without spaces, where it may be a word. */
const isMeaningful = (word: string): boolean => (word.length > 1 || isSpaceless(word)) && !isStopword(word);

const termsOfToken = ({ raw }: Pick<Token, 'raw'>): readonly Term[] => {
  if (isSpaceless(raw) && scriptRuns(raw).length > 1)
    return scriptRuns(raw)
      .flatMap((run) => tokensOf(run))
      .flatMap(termsOfToken);
  if (!isSpaceless(raw) && looksExact(raw)) return [{ word: folded(raw), isExact: true }];
  return partsOf(raw)
    .filter(isMeaningful)
    .map((word) => ({ word, isExact: false }));
};

const EXTENSION = /^[\w.-]+\.[a-z][a-z0-9]{0,9}$/i;

/** Whether a word looks like an id, a code, a file name or an identifier, which a query does not paraphrase. */
export const looksExact = (raw: string): boolean => {
  const hasDigit = /\d/.test(raw);
  const hasLetter = /\p{L}/u.test(raw);
  if (hasDigit && hasLetter) return true;
  if (hasDigit) return raw.length >= 3;
  if (/[_/\\@:#$]|\w\.\w/.test(raw)) return EXTENSION.test(raw) || /[_/\\@:#$.]\w/.test(raw);
  if (/^\p{Lu}{4,}$/u.test(raw)) return true;
  return /\p{Ll}\p{Lu}/u.test(raw) || /^\p{Lu}{2,}\p{Ll}{2,}/u.test(raw);
};

/** The searchable forms of a text: every form of its words, and the folded text for phrases. */
export interface Searchable {
  readonly words: ReadonlySet<string>;
  readonly text: string;
}

/** Whether a term stands in a text: exact terms literally, plain words also inflected. */
export const containsTerm = ({ words, text }: Searchable, { word, isExact, spellings }: Term): boolean => {
  if (words.has(word)) return true;
  if (spellings !== undefined) return spellings.some((one) => words.has(one));
  if (!isExact) return words.has(stemOf(word));
  if (/\s/.test(word) || isSpaceless(word)) return text.includes(word);
  return containsCompound(words, text, word);
};

/** A path is found by its file name, a compound by all of its parts in sequence. */
const containsCompound = (words: ReadonlySet<string>, text: string, word: string): boolean => {
  const last = lastSegment(word);
  if (last !== word && EXTENSION.test(last)) return words.has(last);
  const at = text.indexOf(word);
  if (at < 0) return false;
  const [before, after] = [text.charAt(at - 1), text.charAt(at + word.length)];
  return !/[\p{L}\p{M}\p{N}]/u.test(before) && !/[\p{L}\p{M}\p{N}]/u.test(after);
};
