import { cutText, excerptOf, readJson, wellFormed } from '@precedent/kernel';
import type { Block } from './block.ts';
import { DocumentFault } from './document-fault.ts';
import { JSON_DEPTH_MAX } from '../../json-depth.ts';

const NAME_CHARS = 200;

/** Deeper ones stay on one line: with a blank for each level, a few kilobytes would become megabytes. */
const INDENTED_DEPTH_MAX = 8;

/**
 * The entries of a JSON object or list, each a block under its name, and a list of numbers or words as one; `undefined` for what is no JSON of this kind, and for JSON with
 * numbers that would become others: it is read as text. Throws a DocumentFault for one that is nested too deep.
 */
export const jsonBlocks = (text: string): Block[] | undefined => {
  const read = readJson(text, { mends: true, depthMax: JSON_DEPTH_MAX });
  if (read === undefined) return undefined;
  const { value, depth, issues } = read;
  if (depth > JSON_DEPTH_MAX)
    throw new DocumentFault('too_deep', `JSON of ${depth} levels, ${JSON_DEPTH_MAX} at most`);
  if (issues.length > 0) return undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && isListOfWords(value)) return [{ heading: '', text: wordsOf(value) }];
  return Object.entries(value).map(([name, inner]) => ({
    heading: Array.isArray(value) ? `[${name}]` : cutText(name, NAME_CHARS),
    text: `${wellFormed(name)}: ${JSON.stringify(inner, null, depth > INDENTED_DEPTH_MAX ? undefined : 1)}`,
  }));
};

/** As a block with a name each, 200 KB of numbers would become 1.8 MB of text. */
const isListOfWords = (list: readonly unknown[]): boolean =>
  list.length > 1 &&
  list.every((one) => typeof one !== 'object' || one === null) &&
  wordsOf(list).length < list.length * WORD_CHARS;

const WORD_CHARS = 50;
const wordsOf = (list: readonly unknown[]): string => list.map((one) => wellFormed(String(one))).join('\n');

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

/** Rows from the text: one that has a quote open goes on in the next line. One whose quote nothing closes is its line alone. */
const rowsOf = (text: string): string[] => {
  const lines = text.split('\n');
  const rows: string[] = [];
  let openAt = -1;
  for (const [at, line] of lines.entries()) {
    const isOdd = (line.split('"').length - 1) % 2 === 1;
    if (openAt < 0 && !isOdd) rows.push(line);
    else if (openAt < 0) openAt = at;
    else if (isOdd) {
      rows.push(lines.slice(openAt, at + 1).join('\n'));
      openAt = -1;
    }
  }
  return (openAt < 0 ? rows : rows.concat(lines.slice(openAt))).filter((row) => row.trim() !== '');
};
