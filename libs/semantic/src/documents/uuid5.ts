import { createHash } from 'node:crypto';
import { namedUuid } from '@precedent/ports';

/** The UUID namespace of our documents. Never change it: the ids of stored points derive from it. */
const NAMESPACE = '6f0d6c5a8f1e5c3b9a4e2d7c1b0f9e8d';

/** The UUIDv5 of a name, equal on every machine, so that a replay replaces points and adds none. */
export const uuid5 = (...parts: readonly (string | number)[]): string => namedUuid(NAMESPACE, parts);

/** 16 hexadecimal digits of the SHA-256 of a text. */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);
