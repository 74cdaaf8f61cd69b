import { describe, expect, it } from 'vitest';
import { isTraceparent } from './traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('isTraceparent', () => {
  it.each([
    `00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-ff`,
    `01-${TRACE}-${SPAN}-00`,
    `cc-${TRACE}-${SPAN}-00-what-comes.later`,
  ])('accepts %s', (text) => {
    expect(isTraceparent(text)).toBe(true);
  });

  it.each([
    '',
    'x',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01 `,
    `00-${TRACE}-${SPAN}-01\n`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `01-${TRACE}-${SPAN}-01more`,
    `01-${TRACE}-${SPAN}-01-"`,
    `01-${TRACE}-${SPAN}-01-${'x'.repeat(100)}`,
  ])('refuses %j', (text) => {
    expect(isTraceparent(text)).toBe(false);
  });
});
