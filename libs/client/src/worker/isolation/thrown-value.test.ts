import { AppError, isAppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { YieldSignal, isYield } from '../handler.ts';
import { packThrown, unpackThrown } from './thrown-value.ts';

/** As it is after its way. */
const crossed = (thrown: unknown): unknown => unpackThrown(structuredClone(packThrown(thrown)));

describe('a thrown value on its way between two threads', () => {
  it('keeps name, message, stack, code, retryable and cause', () => {
    const cause = Object.assign(new TypeError('below'), { code: 'E_CAUSE' });
    const thrown = Object.assign(new RangeError('above', { cause }), { code: 5, retryable: false });
    expect(crossed(thrown)).toMatchObject({
      name: 'RangeError',
      message: 'above',
      stack: thrown.stack,
      code: 5,
      retryable: false,
      cause: { name: 'TypeError', message: 'below', code: 'E_CAUSE', stack: cause.stack },
    });
  });

  it('is of its class again where the SDK has one', () => {
    const app = crossed(new AppError('QUEUE_FULL', 'full', { retryAfterMs: 5, details: { a: 1 } }));
    expect(isAppError(app)).toBe(true);
    expect(app).toBeInstanceOf(AppError);
    expect(app).toMatchObject({
      code: 'QUEUE_FULL',
      message: 'full',
      extras: { retryAfterMs: 5, details: { a: 1 } },
    });
    const yielded = crossed(new YieldSignal({ reason: 'preempted', deadlineMs: 5 }));
    expect(isYield(yielded)).toBe(true);
    expect(yielded).toBeInstanceOf(YieldSignal);
    expect(yielded).toMatchObject({ request: { reason: 'preempted', deadlineMs: 5 } });
  });

  it.each([[{ reason: 'cancelled', graceMs: 5 }], ['a text'], [7], [null]])(
    'that is no error stays what it is: %j',
    (value) => {
      expect(crossed(value)).toEqual(value);
    },
  );

  it('that cannot travel is described', () => {
    expect(crossed(() => 'a')).toMatchObject({ name: 'Error', message: 'a function' });
    expect(crossed(undefined)).toMatchObject({ message: 'undefined' });
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect(crossed(circular)).toMatchObject({ name: 'Error' });
    const hostile = new Proxy(new Error('hidden'), {
      get: () => {
        throw new Error('not for you');
      },
    });
    expect(crossed(hostile)).toMatchObject({ name: 'Error' });
  });

  it('loses causes below the eighth, and those that lead to themselves', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    let depth = 0;
    for (let error = crossed(loop); error instanceof Error; error = error.cause) depth++;
    expect(depth).toBe(9);
  });
});
