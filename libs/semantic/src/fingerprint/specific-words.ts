import { weighedLines } from '../output/telling-lines.ts';
import { causeWords, isSpecificWord } from './cause-words.ts';

const LINES_MAX = 3;
const WORDS_MAX = 60;

/** The specific words of the most telling lines, by which failures are compared; compounds and their parts: `db.internal`, `db`, `internal`. */
export const specificWordsOf = (lines: readonly string[]): readonly string[] => {
  const telling = weighedLines(lines.join('\n')).toSorted((a, b) => b.weight - a.weight);
  const words = telling.slice(0, LINES_MAX).flatMap(({ message }) => causeWords(message));
  const parts = words.flatMap((word) => word.split(/[._-]/)).filter((part) => part.length > 1);
  return [...new Set([...words, ...parts])].filter(isSpecificWord).slice(0, WORDS_MAX);
};
