import { cutText, excerptOf } from '@precedent/kernel';
import type { Block } from './block.ts';

const NAME_CHARS = 200;

/** The entries of a JSON object or list, each a block under its name; `undefined` for what is no JSON of this kind. */
export const jsonBlocks = (text: string): Block[] | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).map(([name, inner]) => ({
    heading: Array.isArray(value) ? `[${name}]` : cutText(name, NAME_CHARS),
    text: `${name}: ${JSON.stringify(inner, null, 1)}`,
  }));
};

const TOP_KEY = /^([^\s#-][^:]{0,200}):(\s|$)/;

/** YAML: each key at the left margin with what is below it. */
export const yamlBlocks = (text: string): Block[] => {
  const blocks: { heading: string; lines: string[] }[] = [{ heading: '', lines: [] }];
  for (const line of text.split('\n')) {
    const key = TOP_KEY.exec(line)?.[1];
    if (key !== undefined) blocks.push({ heading: cutText(key, NAME_CHARS), lines: [] });
    blocks.at(-1)?.lines.push(line);
  }
  return blocks
    .map(({ heading, lines }) => ({ heading, text: lines.join('\n').trim() }))
    .filter((block) => block.text !== '');
};

/** CSV: each row under the first one. A quoted cell may hold line ends. */
export const csvBlocks = (text: string): Block[] => {
  const [first, ...rows] = rowsOf(text);
  if (first === undefined) return [];
  const heading = excerptOf(first, NAME_CHARS);
  if (rows.length === 0) return [{ heading: '', text: first }];
  return rows.map((row) => ({ heading, text: row }));
};

const rowsOf = (text: string): string[] => {
  const rows: string[] = [];
  let row = '';
  for (const line of text.split('\n')) {
    row = row === '' ? line : `${row}\n${line}`;
    // An odd number of quotes: a cell is still open.
    if ((row.split('"').length - 1) % 2 === 0) {
      if (row.trim() !== '') rows.push(row);
      row = '';
    }
  }
  if (row.trim() !== '') rows.push(row);
  return rows;
};
