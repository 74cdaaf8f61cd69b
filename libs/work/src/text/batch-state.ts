import type { Problem } from '@precedent/kernel';
import type { TextResult } from './examine.ts';

/** The result of one of many files. */
export type FileResult =
  | ({ readonly path: string } & TextResult)
  | { readonly path: string; readonly error: Pick<Problem, 'code' | 'message'> };

/** How far a task with many files is: its checkpoint. JSON. */
export interface BatchState {
  readonly kind: typeof BATCH_STATE;
  /** Files that are done, from the first one on. */
  readonly done: number;
  readonly failed: number;
  readonly bytes: number;
  /** Characters of JSON that the results take. */
  readonly chars: number;
  /** Of the first files, until they had no more room. */
  readonly results: readonly FileResult[];
}

/** The kind of the state above, with its version. A state of another kind is not read. */
export const BATCH_STATE = 'text-batch/1';

export const EMPTY_BATCH: BatchState = {
  kind: BATCH_STATE,
  done: 0,
  failed: 0,
  bytes: 0,
  chars: 0,
  results: [],
};

/** A result has to fit into a report; files beyond that are counted, and not listed. Characters of JSON. */
const RESULTS_CHARS = 192 * 1024;

/** One more file is done. `bytes` of it were read. */
export const withFileResult = (state: BatchState, result: FileResult, bytes: number): BatchState => {
  const chars = state.chars + JSON.stringify(result).length;
  const isListed = state.results.length === state.done && chars < RESULTS_CHARS;
  return {
    kind: BATCH_STATE,
    done: state.done + 1,
    failed: state.failed + ('error' in result ? 1 : 0),
    bytes: state.bytes + bytes,
    ...(isListed
      ? { chars, results: [...state.results, result] }
      : { chars: state.chars, results: state.results }),
  };
};

/** Checks a state from outside for a task of so many files; `undefined` when it is none. */
export const batchStateOf = (value: unknown, files: number): BatchState | undefined => {
  const { kind, done, failed, bytes, chars, results } = Object(value) as Partial<
    Record<keyof BatchState, unknown>
  >;
  const counts = [done, failed, bytes, chars];
  if (kind !== BATCH_STATE || !Array.isArray(results) || !counts.every(isCount)) return undefined;
  return Number(done) <= files && results.length <= Number(done) ? (value as BatchState) : undefined;
};

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;
