import { HIDDEN_CHARACTERS, visible } from '@precedent/kernel';
import { withoutMarks } from './style.ts';

const ESCAPED = new RegExp(`${HIDDEN_CHARACTERS.source}|[\\ufdd0-\\ufdef]`, 'gu');

/** What others wrote, visible and in one line: line ends and tabs, with the spaces around them, become one space. */
export const visibleLine = (text: string): string =>
  visible(withoutMarks(text).replaceAll(/[\s\u0085]+/g, (run) => (BREAK.test(run) ? ' ' : run))).trim();

const BREAK = /[\t\n\v\f\r\u0085\u2028\u2029]/;

/** JSON as it is, with such characters, and the marks of styles, as escapes: the same document, which steers no terminal. */
export const escapedJson = (json: string): string =>
  json.replaceAll(ESCAPED, (char) => (char === '\n' ? char : `\\u${hex(char)}`));

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(4, '0');
