import { AppError, cutGraphemes } from '@precedent/kernel';
import { spaced } from '@precedent/ports';

const WORDS_MAX = 32;

/**
 * What a person wrote as a query of FTS5: every word must be there, the last one may be a beginning. Each is quoted, so that nothing in
 * it is an operator; one with other signs inside, such as `a-b.ts`, is a phrase of its parts, as is a word of a script without
 * spaces.
 */
export const matchOf = (text: string): string => {
  const words = text
    // A NUL ends the query for SQLite.
    .split(/[\s\0]+/)
    .map((word) => word.replaceAll('"', ''))
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, WORDS_MAX);
  if (words.length === 0) {
    throw new AppError('INVALID_REQUEST', `"${cutGraphemes(text, 40)}" holds no word to look for`);
  }
  return `${words.map((word) => `"${spaced(word)}"`).join(' ')}*`;
};
