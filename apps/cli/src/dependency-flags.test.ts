import { describe, expect, it } from 'vitest';
import { dependencyOf, joinOf } from './dependency-flags.ts';

describe('--after', () => {
  it('names a task, and what of its verdict is waited for', () => {
    expect(dependencyOf('build')).toEqual({ task: 'build' });
    expect(dependencyOf('build:failure')).toEqual({ task: 'build', on: 'failure' });
  });

  it.each(['', ':success', 'build:', 'build:done', 'a:success:b'])('is refused when it is "%s"', (text) => {
    expect(() => dependencyOf(text)).toThrow(`--after is ${text}; an id, or an id and one of success, ok`);
  });
});

describe('--join', () => {
  it('is a rule or a number', () => {
    expect(['all', 'any', '2'].map(joinOf)).toEqual(['all', 'any', 2]);
  });

  it.each(['some', '0', '1.5', '1001', ''])('is refused when it is "%s"', (text) => {
    expect(() => joinOf(text)).toThrow('all, any or a number from 1 to 1000 is expected');
  });
});
