import { expect, test } from 'vitest';
import { lineLogger } from './log-level.ts';

const setup = (level: Parameters<typeof lineLogger>[0]) => {
  const lines: string[] = [];
  return { lines, log: lineLogger(level, (line) => lines.push(line)) };
};

test('a line logger writes lines of its level and above, and makes no text of the others', () => {
  const { lines, log } = setup('info');
  log('debug', () => {
    throw new Error('made');
  });
  log('info', () => 'a');
  log('error', () => 'b');
  expect(lines).toEqual(['a', 'b']);
});

test('a silent line logger writes nothing', () => {
  const { lines, log } = setup('silent');
  log('error', () => 'a');
  expect(lines).toEqual([]);
});

test('a line logger writes a line that repeats the one before it once', () => {
  const { lines, log } = setup('trace');
  for (const text of ['a', 'a', 'b', 'a']) log('warn', () => text);
  expect(lines).toEqual(['a', 'b', 'a']);
});
