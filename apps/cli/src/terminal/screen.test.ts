import { describe, expect, it } from 'vitest';
import { screenOf } from './screen.ts';
import { styled } from './style.ts';

const written = (isTTY: boolean, env: Record<string, string>, text: string): string => {
  let seen = '';
  screenOf({ isTTY, write: (part) => void (seen += part) }, env).text(text);
  return seen;
};

describe('a screen', () => {
  const red = styled('x', 'bad');

  it.each([
    [true, {}, '\u001b[31mx\u001b[39m'],
    [false, {}, 'x'],
    [true, { NO_COLOR: '1' }, 'x'],
    [true, { NO_COLOR: '' }, '\u001b[31mx\u001b[39m'],
    [true, { TERM: 'dumb' }, 'x'],
    [false, { FORCE_COLOR: '1' }, '\u001b[31mx\u001b[39m'],
    [true, { FORCE_COLOR: '0' }, 'x'],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, '\u001b[31mx\u001b[39m'],
  ])('has colours where a person wants them: terminal %j, %j', (isTTY, env, text) => {
    expect(written(isTTY, env, red)).toBe(text);
  });

  it('shows the output of a task as it is to a pipe, and spelled out to a terminal', () => {
    const seen: string[] = [];
    const write = (text: string): void => void seen.push(text);
    screenOf({ write }, {}).output('\u009b2J\u202e\r');
    screenOf({ isTTY: true, write }, {}).output('\u009b2J\u202e\r');
    expect(seen).toEqual(['\u009b2J\u202e\r', '<U+009B>2J<U+202E>^M']);
  });

  it('steers the terminal with nothing that is in a text, its own styles excepted', () => {
    expect(written(true, {}, `${red}\u001b[31m`)).toBe('\u001b[31mx\u001b[39m^[[31m');
  });

  it('breaks the lines of a text where the terminal ends, never those of JSON or for a pipe', () => {
    const seen: string[] = [];
    const write = (text: string): void => void seen.push(text);
    const text = 'three words more than there is room for';
    screenOf({ isTTY: true, columns: 30, write }, {}).text(text);
    screenOf({ isTTY: true, columns: 30, write }, {}).text(`{"text":"${text}"}`);
    screenOf({ columns: 30, write }, {}).text(text);
    expect(seen).toEqual(['three words more than there is\n  room for', `{"text":"${text}"}`, text]);
  });

  it('ends a style that a cut has left open', () => {
    expect(written(true, {}, red.slice(0, -1))).toBe('\u001b[31mx\u001b[39m');
  });

  it('has 80 columns where the terminal does not say, and any number in a pipe', () => {
    const write = (): void => undefined;
    expect(screenOf({ isTTY: true, write }, {}).columns()).toBe(80);
    expect(screenOf({ isTTY: true, columns: 132, write }, {}).columns()).toBe(132);
    expect(screenOf({ columns: 132, write }, {}).columns()).toBe(Number.POSITIVE_INFINITY);
  });
});
