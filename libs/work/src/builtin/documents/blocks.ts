import { cutText } from '@precedent/kernel';
import { Outline } from './block.ts';
import type { Block } from './block.ts';
import type { TextFormat } from './document-kind.ts';
import { htmlBlocks } from './html-blocks.ts';
import { csvBlocks, jsonBlocks, yamlBlocks } from './record-blocks.ts';

/** A document as its blocks, in order. */
export const blocksOf = (text: string, kind: TextFormat): readonly Block[] => SPLITTERS[kind](text);

const paragraphs = (text: string): Block[] =>
  text
    .split(/\n[^\S\n]*\n/)
    .map((part) => ({ heading: '', text: part.replace(/^\n+/, '').trimEnd() }))
    .filter(({ text: part }) => part.trim() !== '');

const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/;
/** The second group is the text behind the fence. */
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
/** A line below a line of text that makes it a heading. */
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
/** Lines that are no plain text: of lists, quotes, tables and code. */
const NOT_PLAIN = /^(?: {4}|\t| {0,3}(?:[-+*>|]|\d{1,9}[.)]))/;

const markdownBlocks = (text: string): Block[] => {
  const outline = new Outline();
  const blocks: Block[] = [];
  let [lines, fence]: [string[], string | undefined] = [[], undefined];
  const close = (): void => {
    const block = lines.join('\n').trimEnd();
    if (block.trim() !== '') blocks.push({ heading: outline.trail(), text: block });
    lines = [];
  };
  for (const line of text.split('\n')) {
    const heading = fence === undefined ? headingOf(line, lines) : undefined;
    if (heading !== undefined) {
      if (heading.isUnderlined) lines = [];
      close();
      outline.enter(heading.level, heading.text);
    } else if (line.trim() === '' && fence === undefined) close();
    else lines.push(line);
    fence = fenceAfter(line, fence);
  }
  close();
  return blocks;
};

const headingOf = (line: string, lines: readonly string[]) => {
  const [, marks, text = ''] = HEADING.exec(line) ?? [];
  if (marks !== undefined) return { level: marks.length, text: withoutMarks(text), isUnderlined: false };
  const [above] = lines;
  if (above === undefined || lines.length > 1 || NOT_PLAIN.test(above)) return undefined;
  const underline = UNDERLINE.exec(line)?.[1];
  if (underline === undefined) return undefined;
  return { level: underline.startsWith('=') ? 1 : 2, text: above, isUnderlined: true };
};

/**
 * The fence of the code that the next line is in. Code ends at a fence of the same kind that is as long, with nothing behind it. Behind
 * backticks that begin code there is no backtick.
 */
const fenceAfter = (line: string, fence: string | undefined): string | undefined => {
  const [, mark, behind = ''] = FENCE.exec(line) ?? [];
  if (mark === undefined) return fence;
  if (fence === undefined) return mark.startsWith('`') && behind.includes('`') ? undefined : mark;
  return mark.startsWith(fence) && behind.trim() === '' ? undefined : fence;
};

/** Without what may close a heading: blanks and `#` at its end. */
const withoutMarks = (heading: string): string => {
  let end = heading.length;
  while (end > 0 && ' \t#'.includes(heading.charAt(end - 1))) end--;
  return heading.slice(0, end);
};

const INDENTED = /^[\s})\]]/;

/** Source code: what stands at the left margin behind an empty line begins something new. */
const codeBlocks = (text: string): Block[] => {
  const blocks: string[][] = [[]];
  let wasEmpty = false;
  for (const line of text.split('\n')) {
    const isEmpty = line.trim() === '';
    if (wasEmpty && !isEmpty && !INDENTED.test(line)) blocks.push([]);
    blocks.at(-1)?.push(line);
    wasEmpty = isEmpty;
  }
  return blocks
    .map((lines) => lines.join('\n').replace(/^\n+/, '').trimEnd())
    .filter((block) => block.trim() !== '')
    .map((block) => ({ heading: signatureOf(block), text: block }));
};

const COMMENT = /^\s*(\/\/|\/\*|\*|#|--|"""|@)/;
const SIGNATURE_CHARS = 100;

/** The first line that is no comment: what the block defines. */
const signatureOf = (block: string): string => {
  const lines = block.split('\n');
  const line = lines.find((candidate) => candidate.trim() !== '' && !COMMENT.test(candidate));
  return cutText((line ?? '').trim(), SIGNATURE_CHARS);
};

const SPLITTERS: Readonly<Record<TextFormat, (text: string) => Block[]>> = {
  text: paragraphs,
  markdown: markdownBlocks,
  html: (text) => htmlBlocks(text, new Outline()),
  json: (text) => jsonBlocks(text) ?? paragraphs(text),
  yaml: yamlBlocks,
  csv: csvBlocks,
  code: codeBlocks,
};
