import { resolve } from 'node:path';
import type { Executor } from '@precedent/ports';
import { refuseIfStopped } from '../stop.ts';
import { examine } from './examine.ts';
import { readText } from './read-text.ts';
import { processFiles } from './text-batch.ts';
import { textCallOf } from './text-call.ts';

/** How texts are processed; every field has a default. */
export interface TextOptions {
  /** Where a relative path starts. Default: the worker's own directory. */
  readonly cwd?: string;
  /** Bytes of a file. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Terms that `top-terms` reports. Default 10. */
  readonly topTerms?: number;
}

/**
 * Counts and hashes a text, a file, or many files. Resolves to a `TextResult`, for many files to a `TextBatchResult`; rejects
 * with INVALID_TASK, HANDLER_FAILED (a file cannot be read), a `YieldSignal` (between two of many files) or the error of the
 * stop. A long text is worked on in pieces, so that the worker's other attempts go on.
 */
export const textExecutor = (options: TextOptions = {}): Executor => {
  const { cwd = process.cwd(), maxBytes = 8 * 1024 * 1024, topTerms = 10 } = options;
  return async (job, context) => {
    refuseIfStopped(context.signal);
    const { source, operations } = textCallOf(job.task.payload);
    const read = (path: string): Promise<Buffer> => readText(resolve(cwd, path), maxBytes);
    const terms = { operations, topTerms, signal: context.signal };
    if ('paths' in source) return await processFiles(source, { read, terms, context });
    const bytes = 'text' in source ? Buffer.from(source.text) : await read(source.path);
    return await examine(bytes, terms, (fraction) => context.progress(fraction));
  };
};
