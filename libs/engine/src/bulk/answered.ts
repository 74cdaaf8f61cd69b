import { errorOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { OrProblem, Reply } from '@precedent/ports';

/** A call of the engine as a promise. */
export const answered = <T>(call: (reply: Reply<T>) => void): Promise<T> => new Promise(call);

/** A failed task has an `error` too, but it has an id. */
export const isProblem = <T extends object>(answer: OrProblem<T>): answer is { readonly error: Problem } =>
  'error' in answer && !('id' in answer);

/** Throws the problem of a refusal. */
export const unlessRefused = <T extends object>(answer: OrProblem<T>): T => {
  if (isProblem(answer)) throw errorOf(answer.error);
  return answer;
};
