import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Executor, JobContext } from '@precedent/ports';
import { refuseIfStopped } from '../stop.ts';
import { readText } from './read-text.ts';
import { textCallOf } from './text-call.ts';
import type { TextCall, TextOperation } from './text-call.ts';
import { piecesOf, textCounter } from './text-statistics.ts';
import type { TextCounts } from './text-statistics.ts';

/** How texts are processed; every field has a default. */
export interface TextOptions {
  /** Where a relative path starts. Default: the worker's own directory. */
  readonly cwd?: string;
  /** Bytes of a file. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Terms that `top-terms` reports. Default 10. */
  readonly topTerms?: number;
}

/** What a `text.process` task results in: what was asked for. */
export interface TextResult {
  readonly count?: { readonly bytes: number; readonly characters: number };
  readonly words?: number;
  readonly lines?: number;
  readonly topTerms?: TextCounts['topTerms'];
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash?: string;
}

const PIECE_CHARS = 64 * 1024;

/**
 * Counts and hashes a text. Resolves to a `TextResult`; rejects with INVALID_TASK, HANDLER_FAILED (the file cannot be read)
 * or the error of the stop. A long text is worked on in pieces, so that the worker's other attempts go on.
 */
export const textExecutor = (options: TextOptions = {}): Executor => {
  const { cwd = process.cwd(), maxBytes = 8 * 1024 * 1024, topTerms = 10 } = options;
  return async (job, context) => {
    refuseIfStopped(context.signal);
    const { source, operations } = textCallOf(job.task.payload);
    const bytes = await bytesOf(source, cwd, maxBytes);
    const counts = await countInPieces(bytes.toString('utf8'), topTerms, context);
    return resultOf(operations, bytes, counts);
  };
};

const bytesOf = async (source: TextCall['source'], cwd: string, maxBytes: number): Promise<Buffer> =>
  'text' in source ? Buffer.from(source.text) : await readText(resolve(cwd, source.path), maxBytes);

const countInPieces = async (text: string, top: number, context: JobContext): Promise<TextCounts> => {
  const counter = textCounter(top);
  let done = 0;
  for (const piece of piecesOf(text, PIECE_CHARS)) {
    counter.add(piece);
    done += piece.length;
    context.progress(done / text.length);
    await breathe();
    refuseIfStopped(context.signal);
  }
  return counter.counts();
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
