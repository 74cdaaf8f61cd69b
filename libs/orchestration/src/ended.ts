import type { SkipCause, Verdict } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';

/** How a task ended, with what conditions may read of it. */
export interface Ended {
  readonly verdict: Verdict;
  /** Of a skipped one. */
  readonly cause?: SkipCause | undefined;
  readonly result?: unknown;
  /** `null`: none. */
  readonly error?: Pick<Problem, 'code' | 'message'> | null;
}

/** From the verdict of a task, and what came with it. */
export const endedOf = (
  verdict: Verdict,
  { result, error }: { readonly result?: unknown; readonly error?: Problem | undefined },
): Ended => {
  // The error of any other verdict is a user's, whose details may have a member of that name.
  const cause = verdict === 'skipped' ? error?.details?.['cause'] : undefined;
  return {
    verdict,
    cause: cause === 'condition' || cause === 'dependency' ? cause : undefined,
    result,
    error: error === undefined ? null : { code: error.code, message: error.message },
  };
};
