import { weighedLines } from '../output/telling-lines.ts';
import { causeWords, isSpecificWord } from './cause-words.ts';

const LINES_MAX = 4;
const WORDS_MAX = 60;
/** Within `AccessDenied`, `HTTPServer`. */
const CAMEL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;

/** The specific words of the most telling lines, by which failures are compared: compounds by their parts (`db` and `internal` for `db.internal`). */
export const specificWordsOf = (lines: readonly string[]): readonly string[] => {
  const telling = weighedLines(lines.join('\n')).toSorted((a, b) => b.weight - a.weight);
  const words = telling
    .slice(0, LINES_MAX)
    .flatMap(({ message }) => causeWords(message.replace(CAMEL, ' ')))
    .flatMap((word) => word.split(/[._-]/));
  return [...new Set(words)].filter((word) => word.length > 1 && isSpecificWord(word)).slice(0, WORDS_MAX);
};
