import { isUtf8 } from 'node:buffer';
import { exactJsonOf } from '@precedent/contracts';
import { errorOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';

/** What is wrong with the bytes of a message that is JSON, but does not say what its value would say; `undefined`: nothing. */
export const inexactnessOf = (bytes: Buffer): Problem | undefined => {
  const read = readBody(bytes);
  return 'problem' in read ? read.problem : undefined;
};

/** The value of the body of a request; none: `undefined`. Throws INVALID_REQUEST. */
export const messageIn = (bytes: Buffer): unknown => {
  if (bytes.length === 0) return undefined;
  const read = readBody(bytes);
  if ('problem' in read) throw errorOf(read.problem);
  return read.value;
};

const readBody = (bytes: Buffer): ReturnType<typeof exactJsonOf> =>
  isUtf8(bytes)
    ? exactJsonOf(bytes.toString(), 'body', 'INVALID_REQUEST')
    : { problem: { code: 'INVALID_REQUEST', message: 'the body is not UTF-8' } };
