import type { ParsedPhrase } from '@precedent/contract-types';
import type { FindReply, SearchHitView } from '@precedent/contracts';
import { excerptOf, formatDuration, timesText } from '@precedent/kernel';
import { shortAgeText } from '../output.ts';
import { ID_COLUMN } from '../task-view-text.ts';
import { styleOf } from '../terminal/style.ts';
import { tableText } from '../terminal/table.ts';
import type { Column, Page } from '../terminal/table.ts';
import { visibleLine } from '../terminal/visible.ts';
import { cutToWidth } from '../terminal/width.ts';

const TEXT_CHARS = 100;

const HIT_COLUMNS: readonly (Column | string)[] = [
  { ...ID_COLUMN, heading: 'task' },
  'kind',
  { heading: 'outcome', drop: 1 },
  'age',
  { heading: 'what', min: 20 },
];

/** What was found, with the lines that match, and how it was looked for. */
export const searchText = (reply: FindReply, page: Page): string => {
  const { hits, nearest = [] } = reply;
  if (hits.length > 0) return `${hitsText(hits, page)}${footText(reply)}`;
  const closest =
    nearest.length === 0 ? 'nothing found\n' : `nothing fits; nearest:\n${hitsText(nearest, page)}`;
  return `${closest}${footText(reply)}`;
};

const hitsText = (hits: readonly SearchHitView[], page: Page): string => {
  const rows = hits.map((hit) => [
    hit.task ?? hit.id,
    hit.kind,
    { text: hit.outcome ?? '', style: styleOf(hit.outcome ?? '') },
    shortAgeText(hit.lastAt, page.now),
    `${excerptOf(visibleLine(hit.text), TEXT_CHARS)}${repeatText(hit)}`,
  ]);
  const [heading = '', ...lines] = tableText(HIT_COLUMNS, rows, page).split('\n');
  const texts = hits.map((hit, at) => [lines[at] ?? '', ...matchTexts(hit, page)]);
  return [heading, ...texts.flat()].map((line) => `${line}\n`).join('');
};

const INDENT = '    ';
/** What is shown before the first match in a line that is too long. */
const BEFORE_CHARS = 24;

/** The matching lines of a failure's output, each so cut that its first match is shown. */
const matchTexts = ({ lines = [] }: SearchHitView, { columns }: Page): readonly string[] =>
  lines.map(({ text, highlights }) => {
    const room = columns - INDENT.length;
    const first = highlights[0]?.end ?? 0;
    const start = first <= room ? 0 : Math.max(0, (highlights[0]?.start ?? 0) - BEFORE_CHARS);
    const shown = visibleLine(`${start > 0 ? '…' : ''}${text.slice(start).toWellFormed()}`);
    return `${INDENT}${cutToWidth(shown, room)}`;
  });

const repeatText = ({ count, atLeast }: SearchHitView): string =>
  count > 1 ? ` (${atLeast ? 'at least ' : ''}${timesText(count)})` : '';

const footText = (reply: FindReply): string => {
  const { text, filters, semantic, partial, confidence, freshness, parsed, dropped = [] } = reply;
  const given = Object.entries(filters).map(([field, value]) => `${field} ${filterText(value)}`);
  const notes = [
    `looked for "${text}"${given.length > 0 ? ` with ${given.join(', ')}` : ''}`,
    ...(semantic ? [] : ['by words only']),
    ...(partial ? ['a part of the history was examined'] : []),
    `confidence ${confidence.level}`,
    ...(freshness.lagMs > 0 ? [`${formatDuration(freshness.lagMs)} behind`] : []),
  ];
  return `${[notes.join('; '), ...parsedTexts(parsed), ...droppedTexts(dropped)].join('\n')}\n`;
};

const parsedTexts = (parsed: readonly ParsedPhrase[]): readonly string[] =>
  parsed.map(({ field, words }) => `"${words}" sets ${field}; without: --ignore-filter ${field}`);

const droppedTexts = (dropped: readonly ParsedPhrase[]): readonly string[] =>
  dropped.map(({ field, words }) => `nothing fits with ${field} of "${words}": shown without it`);

/** Of all filters only times are numbers. */
const filterText = (value: unknown): string =>
  typeof value === 'number' ? new Date(value).toISOString() : String(value);
