import { isAppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** Why the outbox does not take a record that the journal would never take; `undefined` when it does. */
export const refusalOf = (record: () => void): Problem | undefined => {
  try {
    record();
    return undefined;
  } catch (error) {
    if (isAppError(error) && error.code === 'PAYLOAD_TOO_LARGE') return error.toProblem();
    throw error;
  }
};
