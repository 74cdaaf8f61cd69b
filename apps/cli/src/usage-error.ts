import { AppError } from '@precedent/kernel';
import type { ProblemExtras } from '@precedent/kernel';

/**
 * A mistake in the command line itself: an unknown flag, word or value, or two that exclude each other. Found by commander or by us, it is
 * INVALID_REQUEST for programs and exit code 64 for shells. Invalid content of files is no usage error.
 */
export class UsageError extends AppError {
  constructor(message: string, extras: ProblemExtras = {}) {
    super('INVALID_REQUEST', message, extras);
  }
}
