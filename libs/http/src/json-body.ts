import { isUtf8 } from 'node:buffer';
import { LIMITS } from '@precedent/contracts';
import { AppError, fieldPath, readJson, tooDeep } from '@precedent/kernel';

/** Levels around a value with `LIMITS.depth` of its own: a payload in a task in a list. */
const LEVELS_AROUND = 8;

/**
 * The value of a JSON text. Throws INVALID_REQUEST where the text is no JSON, nested too deeply, or holds something that its value would
 * not say, such as a number that is too exact or a key that comes twice.
 */
export const jsonIn = (bytes: Buffer): unknown => {
  if (!isUtf8(bytes)) throw new AppError('INVALID_REQUEST', 'the body is not UTF-8');
  const read = readJson(bytes.toString('utf8'), { depthMax: LIMITS.depth + LEVELS_AROUND });
  if (read === undefined) throw new AppError('INVALID_REQUEST', 'the body is not JSON');
  if (read.value === undefined) throw new AppError('INVALID_REQUEST', `the body is ${tooDeep(LIMITS.depth)}`);
  const [issue] = read.issues;
  if (issue === undefined) return read.value;
  const field = fieldPath(issue.path) || 'body';
  throw new AppError('INVALID_REQUEST', `${field}: ${issue.message}`, {
    issues: [{ field, message: issue.message }],
  });
};
