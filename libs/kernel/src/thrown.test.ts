import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { AppError, errorOf, isAppError, problemOf } from './problem.ts';
import { MESSAGE_CHARS, errorCode, errorName, fieldOf, isError, messageOf } from './thrown.ts';

const refuse = (): never => {
  throw new Error('refused');
};

const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const withGetters = (...names: readonly string[]): Error =>
  Object.defineProperties(
    new Error('hidden'),
    Object.fromEntries(names.map((name) => [name, { get: refuse }])),
  );

const cyclic: Error & { self?: unknown } = new Error('round');
cyclic.cause = cyclic;
cyclic.self = cyclic;

/** Every trap throws. */
const hostile = new Proxy(new AppError('INTERNAL', 'x'), {
  get: refuse,
  has: refuse,
  getPrototypeOf: refuse,
  ownKeys: refuse,
  getOwnPropertyDescriptor: refuse,
});

const THROWN: readonly [what: string, thrown: unknown, message: string | RegExp][] = [
  ['an error', new TypeError('no such column'), 'no such column'],
  ['a text', 'plain', 'plain'],
  ['an empty text', '', 'an error without a message'],
  ['nothing', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a number', 5, '5'],
  ['a bigint', 5n, '5'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a named function', refuse, 'a function refuse'],
  ['a function without a name', () => 1, 'a function'],
  ['an error without a message', new RangeError(''), 'RangeError'],
  [
    'an error with a code alone',
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    'ECONNREFUSED',
  ],
  ['an object without a prototype', Object.assign(Object.create(null), { why: 'no' }), '{"why":"no"}'],
  ['an empty object without a prototype', Object.create(null), '{}'],
  ['a plain object', { status: 500 }, '{"status":500}'],
  ['an object with a message', { message: 'said' }, 'said'],
  ['an object whose message is no text', { message: { deep: 1 } }, '{"message":{"deep":1}}'],
  ['an object with a toString', { toString: () => 'own words' }, 'own words'],
  [
    'an object whose toString throws',
    { toString: refuse, toJSON: refuse },
    'an object that cannot be described',
  ],
  ['an object whose toString is no function', { toString: 5, valueOf: 5 }, '{"toString":5,"valueOf":5}'],
  ['an object that converts to a symbol', { [Symbol.toPrimitive]: () => Symbol('s') }, '{}'],
  ['an error whose message throws', withGetters('message'), 'Error'],
  ['an error of which all throws', withGetters('message', 'name', 'code', 'cause', 'stack', 'extras'), /./],
  ['an error in a circle', cyclic, 'round'],
  ['an object in a circle', { cyclic }, /./],
  ['a revoked proxy of an error', revoked(new Error('gone')), 'an object that cannot be described'],
  ['a revoked proxy of a list', revoked([]), 'an object that cannot be described'],
  ['a revoked proxy of a function', revoked(refuse), 'a function'],
  ['a proxy that refuses everything', hostile, 'an object that cannot be described'],
  ['an error of another realm', runInNewContext('new TypeError("far")'), 'far'],
  ['half an emoji', new Error('x \ud83d'), 'x \ufffd'],
  ['a huge message', new Error('x'.repeat(1e6)), 'x'.repeat(MESSAGE_CHARS)],
  ['a huge message of emoji', `x${'😀'.repeat(1e5)}`, /^x(😀)+$/u],
];

describe('a thrown value', () => {
  it.each(THROWN)('is described, if it is %s', (_, thrown, message) => {
    if (typeof message === 'string') expect(messageOf(thrown)).toBe(message);
    else expect(messageOf(thrown)).toMatch(message);
  });

  it.each(THROWN)('becomes a problem that can be written as JSON, if it is %s', (_, thrown) => {
    const problem = problemOf(thrown, 'HANDLER_FAILED');
    expect(JSON.parse(JSON.stringify(problem))).toEqual(problem);
    expect(problem).toEqual({ code: 'HANDLER_FAILED', message: messageOf(thrown) });
    expect(errorOf(problem).toProblem()).toEqual(problem);
  });

  it.each(THROWN)('can be looked at, if it is %s', (_, thrown) => {
    for (const look of [isError, isAppError, errorName, errorCode]) expect(() => look(thrown)).not.toThrow();
    expect(() => fieldOf(thrown, 'cause')).not.toThrow();
  });
});

describe('an error', () => {
  it('is recognised in another realm, with its name and its code', () => {
    const far: unknown = runInNewContext('Object.assign(new TypeError("far"), { code: "ENOENT" })');
    expect([isError(far), errorName(far), errorCode(far)]).toEqual([true, 'TypeError', 'ENOENT']);
    expect([isError({ message: 'x' }), errorName({ name: 'x' }), errorCode({ code: 5 })]).toEqual([
      false,
      undefined,
      undefined,
    ]);
  });

  it('of the catalogue keeps its code where the rest of it cannot be read', () => {
    const error = new AppError('CELL_OWNED', 'why', { retryAfterMs: 5 });
    expect(problemOf(Object.defineProperty(error, 'extras', { get: refuse }))).toEqual({
      code: 'CELL_OWNED',
      message: 'why',
    });
    const foreign = Object.assign(new Error('why'), { name: 'AppError', code: 'CELL_OWNED' });
    expect(problemOf(foreign)).toEqual({ code: 'CELL_OWNED', message: 'why' });
    const odd = { issues: revoked([]), details: 'text', retryAfterMs: '5' };
    expect(problemOf(Object.assign(foreign, { extras: odd }))).toEqual({
      code: 'CELL_OWNED',
      message: 'why',
    });
  });
});
