import { randomBytes } from 'node:crypto';

const MARK_BYTES = 12;

/** The end of what tasks wrote: no text can hold it, because it is random. */
export const newMark = (): string => `end-of-untrusted-${randomBytes(MARK_BYTES).toString('hex')}`;
