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
  /** Files of which nothing could be found out. */
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
  readonly terms: ExamineOptions;
  readonly context: ExecutorContext;
}

/**
 * Examines many files, one after the other. After each batch the task can go on from there; between two files it can be
 * preempted, and yields with everything that is done. A file that cannot be read is a result too, so long as one can.
 */
export const processFiles = async (
  { paths, batch }: { readonly paths: readonly string[]; readonly batch: number },
  { read, terms, context }: BatchOptions,
): Promise<TextBatchResult> => {
  let state = startOf(paths.length, context);
  // What the task resumed from is durable already.
  let keptAt = state.done;
  for (const path of paths.slice(state.done)) {
    keptAt = await safePoint(state, { keptAt, batch, context });
    context.progress(state.done / paths.length, path);
    state = await nextFile(state, path, { read, terms, context });
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
  readonly keptAt: number;
  readonly batch: number;
  readonly context: ExecutorContext;
}

/** Before a file: keeps what is due, and ends here when urgent work wants the place. Returns how many files are durable. */
const safePoint = async (
  state: BatchState,
  { keptAt, batch, context }: SafePointOptions,
): Promise<number> => {
  refuseIfStopped(context.signal);
  const asked = yieldRequestOf(context.yieldSignal);
  const fresh = state.done - keptAt;
  const isDue = fresh >= batch || (asked !== undefined && fresh > 0);
  if (isDue) await context.checkpoint(state, { thenYield: false });
  if (asked !== undefined) throw new AttemptYield(asked);
  return isDue ? state.done : keptAt;
};

const nextFile = async (state: BatchState, path: string, terms: BatchOptions): Promise<BatchState> => {
  try {
    const bytes = await terms.read(path);
    const result = await examine(bytes, terms.terms, () => terms.context.heartbeat());
    return withFileResult(state, { path, ...result }, bytes.length);
  } catch (error) {
    // Of a stop it is the attempt that ends.
    if (terms.context.signal.aborted || !isAppError(error)) throw error;
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
