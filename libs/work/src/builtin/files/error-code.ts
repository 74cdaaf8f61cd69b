import { errorCode } from '@precedent/kernel';

/** The code of a failed system call, such as `ENOENT`. */
export const codeOf = (error: unknown): string => errorCode(error) ?? 'unknown reason';
