import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { isPassing, qdrantError } from './qdrant-errors.ts';

const answered = (status: number, error: string) =>
  Object.assign(new Error('a status line'), { status, data: { status: { error } } });
const unreached = Object.assign(new TypeError('fetch failed'), { cause: new Error('connect ECONNREFUSED') });
const late = Object.assign(new Error('aborted'), { name: 'QdrantClientTimeoutError' });

describe('the error of a call', () => {
  it.each([
    [answered(400, 'expected dim: 4, got 5'), 'INVALID_REQUEST', 'asking main: expected dim: 4, got 5'],
    [answered(404, 'no main'), 'INVALID_REQUEST', 'asking main: no main'],
    [answered(401, 'x'), 'VECTORS_UNAVAILABLE', 'asking main: Qdrant refuses the API key'],
    [answered(500, 'No space left on device'), 'VECTORS_UNAVAILABLE', 'asking main: No space left on device'],
    [unreached, 'VECTORS_UNAVAILABLE', 'asking main: Qdrant does not answer: connect ECONNREFUSED'],
    [late, 'VECTORS_UNAVAILABLE', 'asking main: no answer within 70 ms'],
    ['text', 'VECTORS_UNAVAILABLE', 'asking main: Qdrant does not answer: text'],
  ])('%s', (error, code, message) => {
    expect(qdrantError(error, 'asking main', 70)).toMatchObject({ code, message });
  });

  it('stays as it is when it is ours', () => {
    const error = new AppError('INVALID_REQUEST', 'no');
    expect(qdrantError(error, 'asking', 1)).toBe(error);
  });
});

describe('isPassing', () => {
  it('is true where nothing was reached, or the server has too much to do', () => {
    expect([unreached, answered(429, ''), answered(503, '')].map(isPassing)).toEqual([true, true, true]);
  });
  it('is false for what would be the same again, and for what took its time already', () => {
    expect([answered(400, ''), answered(500, ''), late].map(isPassing)).toEqual([false, false, false]);
  });
});
