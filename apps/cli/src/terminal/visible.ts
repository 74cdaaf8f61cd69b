import { withoutMarks } from './style.ts';

/**
 * Characters that steer a terminal, turn text around or cannot be seen: the control characters, the marks and isolates of
 * bidirectional text, spaces without width, and the separators of lines and paragraphs. ZWJ and variation selectors, of which emoji
 * are made, are not among them.
 */
const HIDDEN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/gu;

const ESCAPED = new RegExp(`${HIDDEN.source}|[\\ufdd0-\\ufdef]`, 'gu');

/**
 * The text with every such character spelled out: `^[` for ESC, `<U+009B>` for others. Line feeds and tabs stay, and CR LF is a line
 * feed. Everything that somebody else wrote and that a terminal shows goes through here.
 */
export const visible = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(HIDDEN, (char) => (char === '\n' || char === '\t' ? char : spelled(char)));

/** The same in one line: line ends and tabs, with the spaces around them, become one space. */
export const visibleLine = (text: string): string =>
  visible(withoutMarks(text).replaceAll(/[\s\u0085]+/g, (run) => (BREAK.test(run) ? ' ' : run))).trim();

const BREAK = /[\t\n\v\f\r\u0085\u2028\u2029]/;

/** JSON as it is, with such characters, and the marks of styles, as escapes: the same document, which steers no terminal. */
export const escapedJson = (json: string): string =>
  json.replaceAll(ESCAPED, (char) => (char === '\n' ? char : `\\u${hex(char)}`));

const DELETE = 0x7f;

const spelled = (char: string): string => {
  const code = char.charCodeAt(0);
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  return code === DELETE ? '^?' : `<U+${hex(char).toUpperCase()}>`;
};

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(4, '0');
