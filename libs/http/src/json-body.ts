import { isUtf8 } from 'node:buffer';
import { exactJsonOf } from '@precedent/contracts';
import { AppError, errorOf } from '@precedent/kernel';

/** The value of a JSON text, read by the rules of `exactJsonOf`. Throws INVALID_REQUEST. */
export const jsonIn = (bytes: Buffer): unknown => {
  if (!isUtf8(bytes)) throw new AppError('INVALID_REQUEST', 'the body is not UTF-8');
  const read = exactJsonOf(bytes.toString('utf8'), 'body', 'INVALID_REQUEST');
  if ('problem' in read) throw errorOf(read.problem);
  return read.value;
};
