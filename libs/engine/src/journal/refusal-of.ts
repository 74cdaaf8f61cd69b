import { isAppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** Records something. Returns the problem when the outbox refuses the record as too large for the journal; `undefined` when it is recorded. */
export const refusalOf = (record: () => void): Problem | undefined => {
  try {
    record();
    return undefined;
  } catch (error) {
    if (isAppError(error) && error.code === 'PAYLOAD_TOO_LARGE') return error.toProblem();
    throw error;
  }
};
