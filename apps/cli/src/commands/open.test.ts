import { describe, expect, it } from 'vitest';
import { browserOf } from './open.ts';

describe('the program that shows a page', () => {
  it.each([
    ['darwin', {}, 'open'],
    ['linux', { DISPLAY: ':0' }, 'xdg-open'],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 'xdg-open'],
    ['linux', { DISPLAY: '' }, undefined],
    ['linux', {}, undefined],
  ] as const)('on %s with %o is %s', (platform, env, program) => {
    expect(browserOf(platform, env)).toBe(program);
  });
});
