import { formatDuration } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import Table from 'cli-table3';

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns under capital headings, two spaces between them, no lines: for eyes and for `awk`. */
export const tableText = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const table = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: headings.map((heading) => heading.toUpperCase()),
  });
  for (const row of rows) table.push(row.map(oneLine));
  return trimmed(table.toString());
};

/** `name  value` lines; those without a value are left out. */
export const fieldsText = (
  fields: readonly (readonly [name: string, value: string | undefined])[],
): string => {
  const shown = fields.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
};

const trimmed = (text: string): string =>
  `${text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;

/** Names and messages are others' texts: a line end, or what steers a terminal or turns its text around, must not break a table. */
export const oneLine = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();

/** `1 run`, `2 runs`. */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** One JSON document, readable. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
/** One line of a stream of JSON documents. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** `2026-11-20T02:33:00.000Z (4m 05s ago)`. */
export const timeText = (at: EpochMs | undefined, now: EpochMs): string | undefined => {
  if (at === undefined) return undefined;
  const away = formatDuration(Math.abs(now - at));
  return `${new Date(at).toISOString()} (${at <= now ? `${away} ago` : `in ${away}`})`;
};

export const ageText = (at: EpochMs, now: EpochMs): string => formatDuration(Math.max(0, now - at));
