import { AppError } from '@precedent/kernel';
import type { ProblemExtras } from '@precedent/kernel';

/**
 * A mistake in the command line itself: a flag, a word or a value that it does not take, or two that exclude each other. Whoever finds
 * it, commander or we, it is INVALID_REQUEST for programs and exit code 64 for shells. Wrong content of files is no such mistake.
 */
export class UsageError extends AppError {
  constructor(message: string, extras: ProblemExtras = {}) {
    super('INVALID_REQUEST', message, extras);
  }
}
