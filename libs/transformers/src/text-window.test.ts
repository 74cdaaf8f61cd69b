import { expect, it } from 'vitest';
import { TEXT_CHARS_MAX, textForModel } from './text-window.ts';

it('returns a text up to the limit unchanged', () => {
  const text = 'x'.repeat(TEXT_CHARS_MAX);
  expect(textForModel(text)).toBe(text);
  expect(textForModel('')).toBe('');
});

it('splits identifiers into their words', () => {
  expect(
    textForModel('java.lang.OutOfMemoryError: ImagePullBackOff, JSONDecodeError, http2Server, ENOSPC'),
  ).toBe('java.lang.Out Of Memory Error: Image Pull Back Off, JSON Decode Error, http2 Server, ENOSPC');
});

it('cuts a longer text at a whole character', () => {
  expect(textForModel(`${'x'.repeat(TEXT_CHARS_MAX)}y`)).toBe('x'.repeat(TEXT_CHARS_MAX));
  expect(textForModel(`${'x'.repeat(TEXT_CHARS_MAX - 1)}😀😀`)).toBe('x'.repeat(TEXT_CHARS_MAX - 1));
  expect(textForModel(`${'x'.repeat(TEXT_CHARS_MAX - 2)}😀😀`)).toBe(`${'x'.repeat(TEXT_CHARS_MAX - 2)}😀`);
});
