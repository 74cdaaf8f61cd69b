import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { isTransient, qdrantError } from './qdrant-errors.ts';

const answered = (status: number, error: string) =>
  Object.assign(new Error('a status line'), { status, data: { status: { error } } });
const unreached = Object.assign(new TypeError('fetch failed'), { cause: new Error('connect ECONNREFUSED') });
const late = Object.assign(new Error('aborted'), { name: 'QdrantClientTimeoutError' });

describe('qdrantError', () => {
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

  it('returns an AppError unchanged', () => {
    const error = new AppError('INVALID_REQUEST', 'no');
    expect(qdrantError(error, 'asking', 1)).toBe(error);
  });
});

describe('isTransient', () => {
  it('is true when no server was reached, or the server is overloaded', () => {
    expect([unreached, answered(429, ''), answered(503, '')].map(isTransient)).toEqual([true, true, true]);
  });
  it('is false for refusals, server errors and timeouts', () => {
    expect([answered(400, ''), answered(500, ''), late].map(isTransient)).toEqual([false, false, false]);
  });
});
