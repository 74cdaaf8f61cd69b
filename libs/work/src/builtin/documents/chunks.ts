import { charBoundary } from '@precedent/kernel';
import type { Block } from './block.ts';

export interface ChunkTerms {
  /** Of the text of a chunk, its heading not counted. */
  readonly maxChars: number;
  /** That a piece of a long block repeats of the piece before; at most half of `maxChars`. */
  readonly overlap: number;
}

export interface Chunk {
  readonly heading: string;
  readonly text: string;
}

/**
 * Blocks as chunks, in order: short neighbours under one heading together, long ones in pieces that end at a line, a sentence
 * or at least a word. A word longer than a whole chunk is the only thing that is cut.
 */
export const chunksOf = (blocks: readonly Block[], terms: ChunkTerms): Chunk[] => {
  const chunks: Chunk[] = [];
  let open: { heading: string; text: string } | undefined;
  for (const { heading, text } of blocks) {
    const joined: string | undefined = open?.heading === heading ? `${open.text}\n\n${text}` : undefined;
    if (open !== undefined && joined !== undefined && joined.length <= terms.maxChars) open.text = joined;
    else {
      open = { heading, text };
      for (const piece of piecesOf(text, terms)) chunks.push((open = { heading, text: piece }));
      // What follows a long block begins anew: its last piece repeats the one before.
      if (text.length > terms.maxChars) open = undefined;
    }
  }
  return chunks;
};

/** Text in pieces of `maxChars` at most, each but the first beginning with the end of the one before. */
export const piecesOf = (text: string, { maxChars, overlap }: ChunkTerms): string[] => {
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
  const line = text.lastIndexOf('\n', limit);
  if (line > half) return line;
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
