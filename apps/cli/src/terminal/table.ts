import { styled } from './style.ts';
import type { Style } from './style.ts';
import { cutToWidth, displayWidth, padToWidth } from './width.ts';
import { visibleLine } from './visible.ts';

/** What a text is written for: the time, and the columns of the terminal; `Infinity` for a pipe or a file. */
export interface Page {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly columns: number;
}

/** A cell is somebody's text, in a style where it has one. */
export type TableCell = string | { readonly text: string; readonly style: Style | undefined };

/** A column of a table, and what may be done to it where there is no room for all. */
export interface Column {
  readonly heading: string;
  /** Its cells may be cut, to no fewer columns than this while others can be left out. */
  readonly min?: number;
  /** It may be left out; those with the lowest number first. */
  readonly drop?: number;
  /** Shorter texts for all its cells, tried before any is cut. */
  readonly shorten?: (texts: readonly string[]) => readonly string[];
}

const GAP = '  ';

/** Columns under capital headings, two spaces between them, no lines: for eyes and for `awk`. One line for each row. */
export const tableText = (
  columns: readonly (Column | string)[],
  rows: readonly (readonly TableCell[])[],
  page: Pick<Page, 'columns'>,
): string => {
  const filled = columns.map((column, at) =>
    filledColumn(
      column,
      rows.map((row) => row[at] ?? ''),
    ),
  );
  const laidOut = layout(filled, page.columns);
  const lines = [headLine(laidOut), ...rows.map((_, index) => rowLine(laidOut, index))];
  return lines.map((line) => `${line}\n`).join('');
};

interface Filled extends Omit<Column, 'shorten'> {
  readonly texts: readonly string[];
  readonly short: readonly string[] | undefined;
  readonly styles: readonly (Style | undefined)[];
  readonly natural: number;
}

interface Laid extends Filled {
  readonly width: number;
}

const filledColumn = (column: Column | string, cells: readonly TableCell[]): Filled => {
  const { shorten, ...rest } = typeof column === 'string' ? { heading: column } : column;
  const texts = cells.map((cell) => visibleLine(typeof cell === 'string' ? cell : cell.text));
  const styles = cells.map((cell) => (typeof cell === 'string' ? undefined : cell.style));
  const heading = rest.heading.toUpperCase();
  return withTexts({ ...rest, heading, styles, short: shorten?.(texts), natural: 0, texts }, texts);
};

const withTexts = (column: Filled, texts: readonly string[]): Filled => ({
  ...column,
  texts,
  natural: Math.max(displayWidth(column.heading), ...texts.map(displayWidth)),
});

/** All columns as wide as they are; else shorter texts; else cut ones; else fewer columns. */
const layout = (columns: readonly Filled[], room: number): readonly Laid[] => {
  if (widthOf(columns, ({ natural }) => natural) <= room) return columns.map(natural);
  const short = columns.map((column) => (column.short ? withTexts(column, column.short) : column));
  const remaining = withoutDropped(short, room);
  const free = room - widthOf(remaining, (column) => (isFlexible(column) ? 0 : column.natural));
  return shared(remaining, free);
};

const natural = (column: Filled): Laid => ({ ...column, width: column.natural });

const isFlexible = ({ min }: Filled): boolean => min !== undefined;

const widthOf = (columns: readonly Filled[], width: (column: Filled) => number): number =>
  columns.reduce((sum, column) => sum + width(column), GAP.length * Math.max(0, columns.length - 1));

const leastOf = ({ min, natural: width }: Filled): number => Math.min(min ?? width, width);

const withoutDropped = (columns: readonly Filled[], room: number): readonly Filled[] => {
  const [first] = columns
    .filter(({ drop }) => drop !== undefined)
    .toSorted((a, b) => (a.drop ?? 0) - (b.drop ?? 0));
  if (first === undefined || widthOf(columns, leastOf) <= room) return columns;
  return withoutDropped(
    columns.filter((column) => column !== first),
    room,
  );
};

/** What is free goes to the flexible columns: the narrow ones have all they need, the wide ones share the rest. */
const shared = (columns: readonly Filled[], free: number): readonly Laid[] => {
  const widths = new Map<Filled, number>();
  let left = free;
  const rising = columns.filter(isFlexible).toSorted((a, b) => a.natural - b.natural);
  for (const [at, column] of rising.entries()) {
    const width = Math.min(column.natural, Math.max(1, Math.floor(left / (rising.length - at))));
    widths.set(column, width);
    left -= width;
  }
  return columns.map((column) => ({ ...column, width: widths.get(column) ?? column.natural }));
};

const headLine = (columns: readonly Laid[]): string =>
  lineOf(columns.map(({ heading, width }) => [heading, width, 'heading']));

const rowLine = (columns: readonly Laid[], index: number): string =>
  lineOf(columns.map(({ texts, styles, width }) => [texts[index] ?? '', width, styles[index]]));

type Sized = readonly [text: string, width: number, style: Style | undefined];

/** Texts with their widths and styles in one line, without spaces at its end. */
const lineOf = (cells: readonly Sized[]): string => {
  const last = cells.findLastIndex(([text]) => text !== '');
  return cells
    .slice(0, last + 1)
    .map(([text, width, style], at) => {
      const cut = cutToWidth(text, width);
      return styled(cut, style) + (at === last ? '' : padToWidth('', width - displayWidth(cut)));
    })
    .join(GAP);
};

/** A column of a stream: so wide, and never cut; or a share of the room that is left. */
export type StreamColumn = number | 'share';

/** One line of a stream whose other lines are unknown. */
export const streamLine = (
  columns: readonly StreamColumn[],
  cells: readonly TableCell[],
  page: Pick<Page, 'columns'>,
): string => {
  const parts = cells.map((cell) => (typeof cell === 'string' ? { text: cell, style: undefined } : cell));
  const texts = parts.map(({ text }) => visibleLine(text));
  const fixed = columns.map((column, at) =>
    column === 'share' ? 0 : Math.max(column, displayWidth(texts[at] ?? '')),
  );
  let left = page.columns - fixed.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
  let shares = columns.filter((column) => column === 'share').length;
  const sized = texts.map((text, at): Sized => {
    if (columns[at] !== 'share') return [text, fixed[at] ?? 0, parts[at]?.style];
    const width = Math.min(displayWidth(text), Math.max(1, Math.floor(left / shares)));
    shares -= 1;
    left -= width;
    return [text, width, parts[at]?.style];
  });
  return `${lineOf(sized)}\n`;
};
