import { AppError, isAppError, problemOf } from '@precedent/kernel';
import type { ExecutorContext } from '@precedent/ports';
import { refuseIfStopped } from '../stop.ts';
import { AttemptYield, yieldRequestOf } from '../yield-signal.ts';
import { EMPTY_BATCH, batchStateOf, withFileResult } from './batch-state.ts';
import type { BatchState, FileResult } from './batch-state.ts';
import { examine } from './examine.ts';
import type { ExamineOptions } from './examine.ts';

/** What a `text.process` task with `paths` results in. */
export interface TextBatchResult {
  readonly files: number;
  /** Files that could not be processed. */
  readonly failed: number;
  /** Read from all files. */
  readonly bytes: number;
  /** In the order of the paths. */
  readonly results: readonly FileResult[];
  /** There was no room for the results of all files. */
  readonly truncated: boolean;
}

export interface BatchOptions {
  readonly read: (path: string) => Promise<Buffer>;
  readonly options: ExamineOptions;
  readonly context: ExecutorContext;
}

/**
 * Examines many files, one after the other. A checkpoint follows each batch. Between two files the attempt can be preempted, and yields
 * with all results. A file that cannot be read has an error as its result, unless none can be read.
 */
export const processFiles = async (
  { paths, batch }: { readonly paths: readonly string[]; readonly batch: number },
  { read, options, context }: BatchOptions,
): Promise<TextBatchResult> => {
  let state = startOf(paths.length, context);
  // What the task resumed from is durable already.
  let durableFiles = state.done;
  for (const path of paths.slice(state.done)) {
    durableFiles = await safePoint(state, { durableFiles, batch, context });
    context.progress(state.done / paths.length, path);
    state = await nextFile(state, path, { read, options, context });
    context.progress(state.done / paths.length);
  }
  if (state.failed === paths.length) throw allFailed(state);
  const { done: files, failed, bytes, results } = state;
  return { files, failed, bytes, results, truncated: results.length < files };
};

const startOf = (files: number, context: ExecutorContext): BatchState => {
  if (context.resume === undefined) return EMPTY_BATCH;
  const state = batchStateOf(context.resume.state, files);
  if (state === undefined)
    context.log('log', 'the checkpoint is not one of this task; it starts from zero\n');
  return state ?? EMPTY_BATCH;
};

interface SafePointOptions {
  /** Files of which the results are durable. */
  readonly durableFiles: number;
  readonly batch: number;
  readonly context: ExecutorContext;
}

/** Before a file: saves a checkpoint when it is due, and yields when that is requested. Returns of how many files the results are durable. */
const safePoint = async (
  state: BatchState,
  { durableFiles, batch, context }: SafePointOptions,
): Promise<number> => {
  refuseIfStopped(context.signal);
  const request = yieldRequestOf(context.yieldSignal);
  const fresh = state.done - durableFiles;
  const isDue = fresh >= batch || (request !== undefined && fresh > 0);
  if (isDue) await context.checkpoint(state, { thenYield: false });
  if (request !== undefined) throw new AttemptYield(request);
  return isDue ? state.done : durableFiles;
};

const nextFile = async (
  state: BatchState,
  path: string,
  { read, options, context }: BatchOptions,
): Promise<BatchState> => {
  try {
    const bytes = await read(path);
    const result = await examine(bytes, options, () => context.heartbeat());
    return withFileResult(state, { path, ...result }, bytes.length);
  } catch (error) {
    // After a stop the attempt ends, not only this file.
    if (context.signal.aborted || !isAppError(error)) throw error;
    const { code, message } = problemOf(error);
    return withFileResult(state, { path, error: { code, message } }, 0);
  }
};

const allFailed = ({ results, done }: BatchState): AppError => {
  const [first] = results;
  const reason = first !== undefined && 'error' in first ? `: ${first.error.message}` : '';
  return new AppError('HANDLER_FAILED', `none of ${done} files could be processed${reason}`, {
    details: { results },
  });
};
