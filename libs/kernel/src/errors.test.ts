import { describe, expect, it } from 'vitest';
import { catalogue, isErrorCode, mayRetry } from './errors.ts';
import { AppError, errorOf, isAppError, isOutage, problemOf } from './problem.ts';
import type { Problem } from './problem.ts';

const full: Problem = {
  code: 'QUEUE_FULL',
  message: 'band low holds 100 of 100 tasks',
  issues: [{ field: 'band', message: 'full' }],
  retryAfterMs: 0,
  details: { limit: 100 },
};

describe('an AppError', () => {
  it('becomes a problem and comes back', () => {
    expect(errorOf(full).toProblem()).toEqual(full);
    expect(problemOf(errorOf(full))).toEqual(full);
  });

  it('has no fields that were not given', () => {
    expect(JSON.stringify(new AppError('INTERNAL', 'why').toProblem())).toBe(
      '{"code":"INTERNAL","message":"why"}',
    );
  });

  it('keeps its cause out of what travels', () => {
    const cause = new Error('secret');
    const error = new AppError('JOURNAL_UNAVAILABLE', 'why', { cause });
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error.toProblem())).not.toContain('secret');
  });

  it('is recognised from another copy of the package, by name and code', () => {
    const foreign = Object.assign(new Error('why'), { name: 'AppError', code: 'CELL_OWNED' });
    expect(isAppError(foreign)).toBe(true);
    expect(isAppError(Object.assign(new Error('why'), { name: 'AppError', code: 'ENOENT' }))).toBe(false);
    expect(isAppError(Object.assign(new Error('why'), { code: 'CELL_OWNED' }))).toBe(false);
    expect(isAppError({ name: 'AppError', code: 'CELL_OWNED' })).toBe(false);
  });
});

describe('problemOf', () => {
  it('takes what is not ours as INTERNAL, or as what the caller says, and keeps the message', () => {
    expect(problemOf(new TypeError('x is undefined'))).toEqual({
      code: 'INTERNAL',
      message: 'x is undefined',
    });
    expect(problemOf('thrown text', 'HANDLER_FAILED')).toEqual({
      code: 'HANDLER_FAILED',
      message: 'thrown text',
    });
    expect(problemOf(undefined)).toEqual({ code: 'INTERNAL', message: 'undefined' });
  });
});

describe('the catalogue', () => {
  it('knows its codes, and not what objects inherit', () => {
    expect(Object.keys(catalogue).every(isErrorCode)).toBe(true);
    for (const other of ['toString', 'constructor', '', 'queue_full', 404, null])
      expect(isErrorCode(other)).toBe(false);
  });

  it('tells people what happened and what to do, in sentences', () => {
    for (const [code, { summary, remedy }] of Object.entries(catalogue)) {
      expect(summary, code).toMatch(/^[A-Z].*\.$/);
      expect(remedy, code).toMatch(/^[A-Z].*[.?]$/);
    }
  });
});

describe('the catalogue', () => {
  const errorWith = (code: AppError['code']): AppError => new AppError(code, 'why');

  it('says of every error whether the same step may succeed later', () => {
    expect([mayRetry('QUEUE_FULL'), mayRetry('INVALID_TASK')]).toEqual([true, false]);
  });

  it('calls outages the errors of a part that does not serve at the moment, all of which are retryable', () => {
    const outages = Object.keys(catalogue).filter((code) => isErrorCode(code) && isOutage(errorWith(code)));
    expect(outages).toEqual([
      'ENGINE_NOT_RUNNING',
      'ENGINE_UNREACHABLE',
      'GATEWAY_UNREACHABLE',
      'JOURNAL_FENCED',
      'JOURNAL_UNAVAILABLE',
      'AUDIT_UNAVAILABLE',
      'ISSUER_UNREACHABLE',
      'VECTORS_UNAVAILABLE',
      'EMBEDDER_UNAVAILABLE',
      'HISTORY_UNAVAILABLE',
      'NATS_UNREACHABLE',
      'WORKER_LOST',
    ]);
    expect(outages.every((code) => isErrorCode(code) && mayRetry(code))).toBe(true);
    expect(isOutage(new Error('a defect'))).toBe(false);
  });
});
