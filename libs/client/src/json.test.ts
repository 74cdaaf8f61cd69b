import { exceedsBytes } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { findUnwritable } from './json.ts';

describe('findUnwritable', () => {
  it.each([
    ['a function', { a: [{ b: () => 1 }] }, 'a.0.b', 'a function has no JSON form'],
    ['a bigint', { n: 1n }, 'n', 'a bigint has no JSON form'],
    ['a symbol', [Symbol('x')], '0', 'a symbol has no JSON form'],
    ['a map', { m: new Map() }, 'm', 'a Map has no JSON form'],
    ['a set', { s: new Set() }, 's', 'a Set has no JSON form'],
    ['not a number', { a: [Number.NaN] }, 'a.0', 'NaN has no JSON form'],
    ['infinity', { a: -Infinity }, 'a', '-Infinity has no JSON form'],
    ['undefined in a list', { a: [1, undefined] }, 'a.1', 'undefined in a list has no JSON form'],
    [
      'a hole in a list',
      { a: Object.assign([], { length: 1 }) },
      'a.0',
      'undefined in a list has no JSON form',
    ],
    ['an error', { e: new TypeError('x') }, 'e', 'a Error has no JSON form'],
    ['a promise', { p: Promise.resolve() }, 'p', 'a Promise has no JSON form'],
    ['a date that is none', { d: new Date(Number.NaN) }, 'd', 'a date that is none has no JSON form'],
    ['a number object that is none', { n: Object(Number.NaN) }, 'n', 'NaN has no JSON form'],
    ['a bigint object', { n: Object(1n) }, 'n', 'a BigInt has no JSON form'],
    ['headers', { h: new Headers({ a: '1' }) }, 'h', 'a Headers has no JSON form'],
    ['an iterator', [[1].values()], '0', 'a Array Iterator has no JSON form'],
    ['a generator', { g: (function* () {})() }, 'g', 'a Generator has no JSON form'],
    ['shared bytes', { b: new SharedArrayBuffer(1) }, 'b', 'a SharedArrayBuffer has no JSON form'],
    ['a weak reference', { w: new WeakRef({}) }, 'w', 'a WeakRef has no JSON form'],
    ['form data', { f: new FormData() }, 'f', 'a FormData has no JSON form'],
    ['a toJSON that gives a map', { a: { toJSON: () => new Map() } }, 'a', 'a Map has no JSON form'],
    ['a toJSON that gives no number', [{ toJSON: () => Number.NaN }], '0', 'NaN has no JSON form'],
    ['a toJSON that gives nothing', { a: { toJSON: () => undefined } }, 'a', 'its toJSON gives undefined'],
    ['bytes', { data: new Uint8Array(3) }, 'data', 'a Uint8Array has no JSON form'],
  ])('finds %s and says where it is', (_, value, field, message) => {
    expect(findUnwritable(value)).toEqual({ field, message });
  });

  it('finds a value that contains itself', () => {
    const loop: Record<string, unknown> = { name: 'a' };
    loop['inner'] = { back: loop };
    expect(findUnwritable(loop)).toMatchObject({ field: 'inner.back' });
  });

  it('finds a value that is nested too deeply, before it runs out of stack', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(findUnwritable({ deep })?.message).toBe('nested deeper than 256 levels');
  });

  it('refuses a value that throws where it is read', () => {
    const thrower = (): never => {
      throw new Error('no');
    };
    expect(findUnwritable(Object.defineProperty({}, 'a', { get: thrower, enumerable: true }))).toEqual({
      field: '',
      message: 'it cannot be read: no',
    });
    expect(findUnwritable(new Proxy({}, { ownKeys: thrower }))?.message).toMatch(/cannot be read/);
    expect(findUnwritable({ toJSON: thrower })?.message).toBe('it cannot be read: no');
  });

  it('names no more of a path than a message needs', () => {
    let deep: unknown = Number.NaN;
    for (let level = 0; level < 200; level++) deep = { a: deep };
    expect(findUnwritable(deep)?.field).toBe(Array(16).fill('a').join('.'));
  });

  it('lets through what has its content in fields', () => {
    class Money {
      cents = 5;
    }
    class Self {
      n = 1;
      toJSON(): this {
        return this;
      }
    }
    const plain: unknown = Object.assign(Object.create(null), { a: 1 });
    expect(
      findUnwritable([new Money(), plain, new Self(), new URL('http://x'), new Date(0), Object('x')]),
    ).toBeUndefined();
  });

  it('lets the same value appear twice, and whatever can write itself', () => {
    const shared = { n: 1 };
    const value = { a: shared, b: shared, at: new Date(0), nothing: undefined, list: [null, 'x', true, 1.5] };
    expect(findUnwritable(value)).toBeUndefined();
  });
});

describe('exceedsBytes', () => {
  it.each([
    ['abc', 3, false],
    ['abcd', 3, true],
    ['éé', 4, false],
    ['éé', 3, true],
    ['日本', 5, true],
    ['日本', 6, false],
    ['👍', 4, false],
    ['👍', 3, true],
  ])('counts the bytes of %j: more than %i is %s', (text, limit, expected) => {
    expect(exceedsBytes(text, limit)).toBe(expected);
  });
});
