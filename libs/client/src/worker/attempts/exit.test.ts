import { describe, expect, it } from 'vitest';
import { LIMITS, settledSchema } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { StopRequest } from '../handler.ts';
import type { AttemptExit } from './exit.ts';
import { classifyError, classifyReturn, settledJson } from './exit.ts';
import { YieldSignal } from '../handler.ts';

const stopFor = (reason: StopRequest['reason'] | undefined): StopRequest | undefined =>
  reason && { reason, graceMs: 10 };

const ended = (reason?: StopRequest['reason']) => ({
  interruption: { stopRequest: stopFor(reason), yieldRequest: undefined },
  run: 1,
});

/** What the engine makes of it: valid on the wire, whatever came in. */
const read = (exit: AttemptExit) => settledSchema.parse(JSON.parse(settledJson({ id: 'a', epoch: 3 }, exit)));

describe('the report of a result', () => {
  it.each([
    ['a map', { ids: [new Map()] }, 'result.ids.0', 'a Map has no JSON form'],
    ['a function', () => 1, 'result', 'a function has no JSON form'],
    ['not a number', { a: Number.NaN }, 'result.a', 'NaN has no JSON form'],
    ['a bigint', [1n], 'result.0', 'a bigint has no JSON form'],
    ['undefined in a list', [undefined], 'result.0', 'undefined in a list has no JSON form'],
  ])(
    'fails the attempt for %s, with the field, as a payload with it is refused',
    (_, result, field, message) => {
      expect(read(classifyReturn(result, undefined))).toMatchObject({
        outcome: 'failed',
        error: { code: 'HANDLER_FAILED', retryable: false, issues: [{ field, message }] },
      });
    },
  );

  it('completes without one, and with what can write itself', () => {
    expect(read(classifyReturn(undefined, undefined))).toEqual({ id: 'a', epoch: 3, outcome: 'completed' });
    expect(read(classifyReturn({ at: new Date(0), none: undefined }, undefined)).result).toEqual({
      at: '1970-01-01T00:00:00.000Z',
    });
  });
});

describe('a report', () => {
  it.each([
    [undefined, 'completed', 'failed'],
    ['cancelled', 'completed', 'stopped'],
    ['timeout', 'completed', 'stopped'],
    ['preempted', 'completed', 'failed'],
    ['shutdown', 'completed', 'returned'],
    ['lease_lost', 'stopped', 'stopped'],
  ] as const)(
    'after a request to stop because of %s: a return counts as %s, an error as %s',
    (reason, returned, thrown) => {
      expect(read(classifyReturn(1, stopFor(reason))).outcome).toBe(returned);
      expect(read(classifyError(new Error('x'), ended(reason))).outcome).toBe(thrown);
    },
  );

  const abort = new DOMException('This operation was aborted', 'AbortError');
  it.each<[what: string, error: unknown, outcome: string]>([
    ['the reason of its signal', { reason: 'preempted', graceMs: 10 }, 'stopped'],
    ['that reason with a shorter grace', { reason: 'preempted', graceMs: 3 }, 'stopped'],
    ['what the platform throws', abort, 'stopped'],
    ['that, wrapped', new Error('the call failed', { cause: abort }), 'stopped'],
    ['what an executor throws', new AppError('CANCELLED', 'urgent work took its slot'), 'stopped'],
    ['a yield', new YieldSignal(), 'yielded'],
    ['a wrapped yield', new Error('step 3', { cause: new YieldSignal() }), 'yielded'],
    ['another reason', { reason: 'cancelled', graceMs: 10 }, 'failed'],
    ['an error of its own', new TypeError('no such column'), 'failed'],
    ['an error of the catalogue', new AppError('HTTP_FAILED', 'status 500'), 'failed'],
    ['nothing', undefined, 'failed'],
  ])('of a handler that is preempted and throws %s counts as it should', (_, error, outcome) => {
    expect(read(classifyError(error, ended('preempted'))).outcome).toBe(outcome);
  });

  it.each([
    [undefined, 'yielded'],
    ['preempted', 'yielded'],
    ['shutdown', 'yielded'],
    ['cancelled', 'stopped'],
    ['timeout', 'stopped'],
    ['lease_lost', 'stopped'],
  ] as const)('after a request to stop because of %s: a yield counts as %s', (reason, outcome) => {
    expect(read(classifyError(new YieldSignal(), ended(reason)))).toEqual({ id: 'a', epoch: 3, outcome });
  });

  it('of a yield that was not requested is a failure for good in the last run of a task', () => {
    const last = { ...ended(), run: LIMITS.runs };
    expect(read(classifyError(new YieldSignal(), { ...last, run: LIMITS.runs - 1 })).outcome).toBe('yielded');
    expect(read(classifyError(new YieldSignal(), last))).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'HANDLER_FAILED',
        message:
          'the task yielded unasked in run 1000 of at most 1000: do more in each run, or submit what is left as another task',
        retryable: false,
      },
    });
    const yieldRequest = { reason: 'drain', deadlineMs: 5 } as const;
    expect(
      read(
        classifyError(new YieldSignal(), { ...last, interruption: { stopRequest: undefined, yieldRequest } }),
      ).outcome,
    ).toBe('yielded');
    expect(read(classifyError(new YieldSignal(), { ...last, ...ended('cancelled') })).outcome).toBe(
      'stopped',
    );
  });

  it.each([
    [undefined, 'failed'],
    ['preempted', 'failed'],
    ['shutdown', 'failed'],
    ['cancelled', 'stopped'],
    ['timeout', 'stopped'],
  ] as const)(
    'keeps the evidence of a failed rollback after a request to stop because of %s',
    (reason, outcome) => {
      const details = { rollback: { failed: [{ name: 'delete.file' }] } };
      const report = read(classifyError(new AppError('ROLLBACK_FAILED', 'x', { details }), ended(reason)));
      expect(report).toMatchObject({
        outcome,
        error: { code: 'ROLLBACK_FAILED', retryable: false, details },
      });
    },
  );

  it('gives up on an error that is its own cause', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    expect(read(classifyError(loop, ended('preempted'))).outcome).toBe('failed');
  });

  it('keeps the stack of an error of a handler, with those of its causes, within bounds', () => {
    const cause = Object.assign(new Error('no rows'), {
      stack: 'Error: no rows\n    at load (/srv/rows.js:3:4)',
    });
    const error = new TypeError('import failed', { cause: new Error('x'.repeat(9_000), { cause }) });
    const { error: reported } = read(classifyError(error, ended()));
    const stack = String(reported?.details?.['stack']);
    expect(stack).toMatch(
      /^TypeError: import failed\n +at .+\nCaused by: Error: x+\nCaused by: Error: no rows\n +at load /s,
    );
    expect(stack.length).toBeLessThan(6_000);
  });

  it('says something of whatever was thrown, also where nothing of it can be read', () => {
    const refuse = (): never => {
      throw Object.create(null);
    };
    const everything = { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse };
    const hostile: unknown = new Proxy(new AppError('CANCELLED', 'x'), everything);
    const odd = new AppError('HTTP_FAILED', 'x', { details: hostile as object as Record<string, unknown> });
    for (const reason of [undefined, 'preempted'] as const)
      for (const error of [hostile, Object.create(null), odd]) {
        const report = read(classifyError(error, ended(reason)));
        expect(report).toMatchObject({ outcome: 'failed', error: { message: expect.stringMatching(/./) } });
      }
  });

  it('keeps no issue that cannot travel', () => {
    const issues = [{ field: 'a', message: 'b', self: {} }];
    const [issue] = issues;
    if (issue) issue.self = issue;
    const error = new AppError('INVALID_TASK', 'not valid', { issues });
    expect(read(classifyError(error, ended())).error).toEqual({ code: 'INVALID_TASK', message: 'not valid' });
  });

  it.each([[undefined], [null], [0], [''], [{ a: [1, 'é"\\'] }], [() => 1]])(
    'keeps the result %j',
    (result) => {
      expect(read(classifyReturn(result, undefined)).result).toEqual(
        JSON.parse(JSON.stringify({ result })).result,
      );
    },
  );

  it('cuts what has no bounds, and drops what cannot travel', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const error = Object.assign(new Error('m'.repeat(10_000)), { name: 'N'.repeat(1_000) });
    expect(read(classifyError(error, ended())).error).toMatchObject({
      name: 'N'.repeat(100),
      message: 'm'.repeat(4_096),
    });
    const ours = new AppError('HTTP_FAILED', 'status 500', { details: loop });
    expect(read(classifyError(ours, ended())).error).toEqual({ code: 'HTTP_FAILED', message: 'status 500' });
  });

  it.each([
    [{ retryable: false }, false],
    [{ retryable: true }, undefined],
    [new AppError('HTTP_FAILED', 'x', { details: { retryable: false } }), false],
    ['a thrown text', undefined],
    [undefined, undefined],
  ])('of %j says whether it may be tried again', (error, retryable) => {
    expect(read(classifyError(error, ended())).error?.retryable).toBe(retryable);
  });

  it('counts the bytes of the result, not its characters', () => {
    expect(read(classifyReturn('ééé', undefined, 8)).outcome).toBe('completed');
    expect(read(classifyReturn('ééé', undefined, 7)).error?.code).toBe('RESULT_TOO_LARGE');
  });

  it('may say nothing but the outcome', () => {
    expect(read({ outcome: 'returned' })).toEqual({
      id: 'a',
      epoch: 3,
      outcome: 'returned',
    });
  });
});
