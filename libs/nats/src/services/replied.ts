import { errorOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { OrProblem, Reply } from '@precedent/ports';

/** Resolves to the reply; rejects with its problem when it is a refusal. */
export const replied = <T extends object>(call: (reply: Reply<OrProblem<T>>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    call((answer) => {
      if (isRefusal(answer)) reject(errorOf(answer.error));
      else resolve(answer);
    });
  });

/** A failed task has an `error` too, but it has an id. */
const isRefusal = (answer: object): answer is { readonly error: Problem } =>
  'error' in answer && !('id' in answer);
