import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { refuseIfStopped } from '../stop.ts';
import type { TextOperation } from './text-call.ts';
import { slicesOf, textCounter } from './text-statistics.ts';
import type { TextCounts } from './text-statistics.ts';

/** The results of the requested operations on one text. */
export interface TextResult {
  readonly count?: { readonly bytes: number; readonly characters: number };
  readonly words?: number;
  readonly lines?: number;
  readonly topTerms?: TextCounts['topTerms'];
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash?: string;
}

export interface ExamineOptions {
  readonly operations: readonly TextOperation[];
  /** Terms that `top-terms` reports. */
  readonly topTerms: number;
  readonly signal: AbortSignal;
}

/** Takes 75 ms at worst; other work runs between two pieces. */
const PIECE_CHARS = 16 * 1024;

/** Examines one text piece by piece, and says after each how far it is. Throws the error of a stop. */
export const examine = async (
  bytes: Buffer,
  { operations, topTerms, signal }: ExamineOptions,
  progress: (fraction: number) => void,
): Promise<TextResult> => {
  const text = bytes.toString('utf8');
  const counter = textCounter(topTerms);
  let done = 0;
  for (const piece of slicesOf(text, PIECE_CHARS)) {
    counter.add(piece);
    done += piece.length;
    progress(done / text.length);
    await nextTurn();
    refuseIfStopped(signal);
  }
  return resultOf(operations, bytes, counter.counts());
};

const resultOf = (operations: readonly TextOperation[], bytes: Buffer, counts: TextCounts): TextResult => {
  const parts: Record<TextOperation, () => TextResult> = {
    count: () => ({ count: { bytes: bytes.length, characters: counts.characters } }),
    words: () => ({ words: counts.words }),
    lines: () => ({ lines: counts.lines }),
    'top-terms': () => ({ topTerms: counts.topTerms }),
    hash: () => ({ hash: createHash('sha256').update(bytes).digest('hex') }),
  };
  return Object.assign({}, ...operations.map((operation) => parts[operation]())) as TextResult;
};
