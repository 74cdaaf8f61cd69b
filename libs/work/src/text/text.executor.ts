import { AppError } from '@precedent/kernel';
import type { Executor } from '@precedent/ports';
import type { RootedFiles } from '../builtin/files/rooted-files.ts';
import { refuseIfStopped } from '../stop.ts';
import { examine } from './examine.ts';
import { processFiles } from './text-batch.ts';
import { textCallOf } from './text-call.ts';

/** How texts are processed. */
export interface TextOptions {
  readonly files: Pick<RootedFiles, 'read'>;
  /** Bytes of a file. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Terms that `top-terms` reports. Default 10. */
  readonly topTerms?: number;
}

/**
 * Counts and hashes a text, a file, or many files. Resolves to a `TextResult`, for many files to a `TextBatchResult`; rejects
 * with INVALID_TASK, HANDLER_FAILED (a file cannot be read), a `AttemptYield` (between two of many files) or the error of the
 * stop. A long text is processed in pieces, so that other attempts of the worker go on.
 */
export const textExecutor = ({ files, maxBytes = 8 * 1024 * 1024, topTerms = 10 }: TextOptions): Executor => {
  return async (job, context) => {
    refuseIfStopped(context.signal);
    const { source, operations } = textCallOf(job.task.payload);
    const read = (path: string): Promise<Buffer> => contentOf(path, files, maxBytes);
    const options = { operations, topTerms, signal: context.signal };
    if ('paths' in source) return await processFiles(source, { read, options, context });
    const bytes = 'text' in source ? Buffer.from(source.text) : await read(source.path);
    return await examine(bytes, options, (fraction) => context.progress(fraction));
  };
};

/** Throws INVALID_TASK for what is outside, too large or no file, and HANDLER_FAILED for what cannot be read. */
const contentOf = async (path: string, files: TextOptions['files'], maxBytes: number): Promise<Buffer> => {
  const read = await files.read(path, maxBytes);
  switch (read.kind) {
    case 'content':
      return read.bytes;
    case 'too_large':
      throw new AppError('INVALID_TASK', `${path} has ${read.bytes} bytes of ${maxBytes} at most`);
    case 'not_a_file':
      throw new AppError('INVALID_TASK', `${path} is not a regular file`);
    case 'missing':
    case 'unreadable': {
      const code = read.kind === 'missing' ? 'ENOENT' : read.code;
      throw new AppError('HANDLER_FAILED', `${path} cannot be read: ${code}`, { details: { path, code } });
    }
  }
};
