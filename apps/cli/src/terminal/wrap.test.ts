import { describe, expect, it } from 'vitest';
import { styled } from './style.ts';
import { displayWidth } from './width.ts';
import { wrapped } from './wrap.ts';

describe('the wrapping of a text', () => {
  it('breaks a line between words, and indents the rest under its value or a little further in', () => {
    expect(wrapped('one two three four five six seven\n', 26)).toBe('one two three four five\n  six seven\n');
    expect(wrapped('  it waits for a worker that has room\n', 30)).toBe(
      '  it waits for a worker that\n    has room\n',
    );
    expect(wrapped('remedy     read the output of the attempt', 36)).toBe(
      'remedy     read the output of the\n           attempt',
    );
    expect(wrapped('engine    | listen EADDRINUSE: address in use', 36)).toBe(
      'engine    | listen EADDRINUSE:\n            address in use',
    );
  });

  it('keeps what is in backticks in one line, because people copy it', () => {
    expect(wrapped('  Read the output: `precedent logs 01M8`.', 30)).toBe(
      '  Read the output:\n    `precedent logs 01M8`.',
    );
  });

  it('counts columns, not characters, and leaves a pipe, a word that is too wide and a line that fits alone', () => {
    const wide = wrapped(`${styled('你好', 'good')} 世界 你好 世界`, 10);
    expect(Math.max(...wide.split('\n').map(displayWidth))).toBeLessThanOrEqual(10);
    const long = 'x'.repeat(100);
    expect(wrapped(long, 80)).toBe(long);
    expect(wrapped('one two three', Number.POSITIVE_INFINITY)).toBe('one two three');
    expect(wrapped(`${'a  '.repeat(9)}b`, 28)).toBe(`${'a  '.repeat(9)}b`);
  });
});
