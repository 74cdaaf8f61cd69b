import { createHash } from 'node:crypto';
import { namedUuid } from '@precedent/ports';

/** The space of our documents; a change of it makes every stored point a stranger. */
const SPACE = '6f0d6c5a8f1e5c3b9a4e2d7c1b0f9e8d';

/** The UUID of a name: the same name has the same id on every machine, so that a replay replaces and adds nothing. */
export const uuid5 = (...parts: readonly (string | number)[]): string => namedUuid(SPACE, parts);

/** 16 hexadecimal digits of the SHA-256 of a text. */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);
