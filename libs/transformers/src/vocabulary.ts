import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Tokenizers list their pieces by frequency. Shares of the list: pieces before the first are common, those after the second are rare. */
const COMMON = 1 / 6;
const RARE = 2 / 3;
/** In the vocabularies of Unigram and BPE. WordPiece marks the pieces that continue a word instead. */
const WORD_START = /^[▁Ġ]/u;

/**
 * How common a word in lower case is by the vocabulary of the model in a folder: 1 for the most frequent words, less for rarer ones, 0 for
 * words of which it has no more than parts. `undefined` for a tokenizer without a vocabulary.
 */
export const commonnessIn = async (dir: string): Promise<((word: string) => number) | undefined> => {
  const pieces = piecesIn(await readFile(path.join(dir, 'tokenizer.json'), 'utf8'));
  if (pieces.length === 0) return undefined;
  const known = commonnessByWord(pieces);
  return (word) => known.get(word) ?? 0;
};

/** A piece of words, and its place in the vocabulary from 0. */
type Piece = readonly [text: string, at: number];

const piecesIn = (tokenizer: string): readonly Piece[] => {
  try {
    const { model } = JSON.parse(tokenizer) as { readonly model?: { readonly vocab?: unknown } };
    const { vocab = {} } = model ?? {};
    // Unigram: pairs of a piece and its score.
    if (Array.isArray(vocab)) return vocab.map(([text]: readonly unknown[], at) => [String(text), at]);
    return Object.entries(vocab as Readonly<Record<string, number>>);
  } catch {
    // The thread of the model reports a file that cannot be read.
    return [];
  }
};

const commonnessByWord = (pieces: readonly Piece[]): ReadonlyMap<string, number> => {
  const marksStarts = pieces.some(([text]) => WORD_START.test(text));
  const known = new Map<string, number>();
  for (const [text, at] of pieces) {
    const commonness = commonnessAt(at / pieces.length);
    const word = text.replace(WORD_START, '').toLowerCase();
    if (commonness === 0 || WORD_START.test(text) !== marksStarts || !/^\p{L}+$/u.test(word)) continue;
    known.set(word, Math.max(commonness, known.get(word) ?? 0));
  }
  return known;
};

/** The frequency of a word falls with its rank as 1/n: ranks are compared by their logarithms. */
const commonnessAt = (share: number): number =>
  Math.min(1, Math.max(0, Math.log(RARE / share) / Math.log(RARE / COMMON)));
