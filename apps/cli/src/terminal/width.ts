import fastStringWidth from 'fast-string-width';
import { withoutMarks } from './style.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a text takes in a terminal: two for wide characters, none for combining ones and for marks of style. */
export const displayWidth = (text: string): number => fastStringWidth(withoutMarks(text));

/** The text, or its beginning and an ellipsis: at most `columns` wide, cut between characters as people see them. */
export const cutToWidth = (text: string, columns: number): string => {
  // No unit takes more than two columns.
  if (text.length * 2 <= columns || displayWidth(text) <= columns) return text;
  let cut = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += displayWidth(segment);
    if (width > columns - 1) break;
    cut += segment;
  }
  return columns < 1 ? '' : `${cut.trimEnd()}…`;
};

export const padToWidth = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
