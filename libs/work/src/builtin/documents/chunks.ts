import { charBoundary } from '@precedent/kernel';
import type { Block } from './block.ts';
import { DocumentFault } from './document-fault.ts';

export interface ChunkOptions {
  /** Of the text of a chunk, its heading not counted. */
  readonly maxChars: number;
  /** That a piece of a long block repeats of the piece before; at most half of `maxChars`. */
  readonly overlap: number;
}

export interface Chunk {
  readonly heading: string;
  readonly text: string;
}

/** Each chunk costs an embedding and a point, so a document may have only so many for its characters. */
const CHUNKS_MIN = 64;
const CHARS_PER_CHUNK = 50;

/**
 * Blocks as chunks, in order. Where every few characters have their own heading, neighbours are joined in spite of their
 * headings, which become part of their texts. Throws a DocumentFault when there are too many chunks even so.
 */
export const chunksOf = (blocks: readonly Block[], options: ChunkOptions): Chunk[] => {
  const chars = blocks.reduce((sum, { text }) => sum + text.length, 0);
  const max = CHUNKS_MIN + Math.ceil(chars / CHARS_PER_CHUNK);
  const chunks = joined(blocks, options);
  if (chunks.length <= max) return chunks;
  const fewer = joined(blocks.map(withoutHeading), options);
  if (fewer.length <= max) return fewer;
  throw new DocumentFault('too_complex', `${fewer.length} chunks for ${chars} characters, ${max} at most`);
};

const withoutHeading = ({ heading, text }: Block): Block => {
  const own = heading.slice(heading.lastIndexOf(' > ') + 1).replace(/^> /, '');
  return { heading: '', text: own === '' || text.startsWith(own) ? text : `${own}\n${text}` };
};

/**
 * Blocks as chunks, in order: short neighbours under one heading together, long ones in pieces that end at a line, a sentence
 * or at least a word. Only a word that is longer than a chunk is cut.
 */
const joined = (blocks: readonly Block[], options: ChunkOptions): Chunk[] => {
  const chunks: Chunk[] = [];
  let open: { heading: string; text: string } | undefined;
  for (const { heading, text } of blocks) {
    const hasRoom = open?.heading === heading && open.text.length + 2 + text.length <= options.maxChars;
    if (open !== undefined && hasRoom) open.text += `\n\n${text}`;
    else {
      open = { heading, text };
      for (const piece of piecesOf(text, options)) chunks.push((open = { heading, text: piece }));
      // The next block gets a chunk of its own, because the last piece of a long block repeats the one before.
      if (text.length > options.maxChars) open = undefined;
    }
  }
  return chunks;
};

/** Text in pieces of `maxChars` at most, each but the first beginning with the end of the one before. */
export const piecesOf = (text: string, { maxChars, overlap }: ChunkOptions): string[] => {
  const pieces: string[] = [];
  let start = 0;
  while (text.length - start > maxChars) {
    const end = cutIn(text, start, start + maxChars);
    pieces.push(text.slice(start, end));
    start = Math.max(wordStart(text, Math.max(end - overlap, start + 1), end), start + 1);
  }
  pieces.push(text.slice(start));
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
};

const SENTENCE_END = /[.!?。]["')\]]?\s/g;

/** Where a piece from `start` ends, `limit` at most. */
const cutIn = (text: string, start: number, limit: number): number => {
  const half = start + Math.floor((limit - start) / 2);
  const line = text.slice(half + 1, limit + 1).lastIndexOf('\n');
  if (line >= 0) return half + 1 + line;
  const ends = [...text.slice(half, limit).matchAll(SENTENCE_END)].at(-1);
  if (ends !== undefined) return half + ends.index + ends[0].length;
  return lastSpace(text, start, limit) ?? charBoundary(text, limit);
};

const lastSpace = (text: string, start: number, limit: number): number | undefined => {
  for (let at = limit; at > start; at--) if (isSpace(text, at)) return at;
  return undefined;
};

const isSpace = (text: string, at: number): boolean => /\s/.test(text.charAt(at));

/** The first beginning of a word from `from` on, `end` when there is none before it. */
const wordStart = (text: string, from: number, end: number): number => {
  for (let at = Math.max(from, 1); at < end; at++) {
    if (isSpace(text, at - 1) && !isSpace(text, at)) return at;
  }
  return end;
};
