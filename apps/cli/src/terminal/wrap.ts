import { displayWidth } from './width.ts';

/** Columns by which the rest of a line is indented further than its beginning. */
const HANG = 2;
/** What is left of a line beyond the indentation of its rest, at least. */
const ROOM_MIN = 20;

/** Words with the spaces before them. What is in backticks is there to be copied, and stays whole. */
const WORD = /\s*(?:[^\s`]*`[^`\n]*`[^\s`]*|\S+)/gu;

/** The text with lines broken between words where they are wider than the terminal; words that are wider stay as they are. */
export const wrapped = (text: string, columns: number): string =>
  Number.isFinite(columns)
    ? text
        .split('\n')
        .map((line) => wrappedLine(line, columns))
        .join('\n')
    : text;

const wrappedLine = (whole: string, columns: number): string => {
  const line = whole.trimEnd();
  // No unit takes more than two columns.
  if (line.length * 2 <= columns || displayWidth(line) <= columns) return line;
  const indent = indentOf(line, columns);
  const lines: string[] = [];
  let current = '';
  let width = 0;
  for (const [word] of line.matchAll(WORD)) {
    const more = displayWidth(word);
    if (width + more > columns && current.trim() !== '') {
      lines.push(current);
      current = indent + word.trimStart();
      width = displayWidth(current);
    } else {
      current += word;
      width += more;
    }
  }
  return [...lines, current].join('\n');
};

/** Under the second column of `name  value` and `part | line`, otherwise a little further in than the line itself. */
const indentOf = (line: string, columns: number): string => {
  const [label = ''] = /^\S+(?: +\| | {2,})/u.exec(line) ?? [];
  const own = /^ */u.exec(line)?.[0].length ?? 0;
  const wanted = label === '' ? own + HANG : displayWidth(label);
  return ' '.repeat(Math.max(0, Math.min(wanted, columns - ROOM_MIN)));
};
