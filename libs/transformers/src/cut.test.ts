import { expect, it } from 'vitest';
import { TEXT_MAX, modelText } from './cut.ts';

it('leaves a text as it is up to the limit', () => {
  const text = 'x'.repeat(TEXT_MAX);
  expect(modelText(text)).toBe(text);
  expect(modelText('')).toBe('');
});

it('takes the beginning of a longer one, and no half of a character', () => {
  expect(modelText(`${'x'.repeat(TEXT_MAX)}y`)).toBe('x'.repeat(TEXT_MAX));
  expect(modelText(`${'x'.repeat(TEXT_MAX - 1)}😀😀`)).toBe('x'.repeat(TEXT_MAX - 1));
  expect(modelText(`${'x'.repeat(TEXT_MAX - 2)}😀😀`)).toBe(`${'x'.repeat(TEXT_MAX - 2)}😀`);
});
