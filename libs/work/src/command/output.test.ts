import { expect, test } from 'vitest';
import { captureOutput } from './output.ts';
import type { OutputOptions } from './output.ts';

const setup = (options: Partial<OutputOptions> = {}) => {
  const lines: [stream: string, text: string][] = [];
  const output = captureOutput({
    logBytes: 1_000,
    tailBytes: 10,
    chunkBytes: 100,
    flushMs: 1_000_000,
    log: (stream, text) => void lines.push([stream, text]),
    alive: () => undefined,
    ...options,
  });
  const text = (stream: string): string =>
    lines
      .filter(([from]) => from === stream)
      .map(([, part]) => part)
      .join('');
  return { output, lines, text };
};

test('a character that arrives in two pieces is one character', () => {
  const { output, text } = setup();
  const bytes = Buffer.from('né😀');
  for (const byte of bytes) output.take('stdout', Buffer.of(byte));
  output.finish();
  expect(text('stdout')).toBe('né😀');
});

test('what is not UTF-8 becomes replacement characters, also at the very end', () => {
  const { output, text } = setup();
  output.take('stderr', Buffer.from([0xff, 0x61, 0xf0, 0x9f]));
  output.finish();
  expect(text('stderr')).toBe('\ufffda\ufffd');
});

test('beyond the cap it says so once, and counts what it drops', () => {
  const { output, lines, text } = setup({ logBytes: 12 });
  output.take('stdout', Buffer.from('0123456789'));
  output.take('stderr', Buffer.from('abcdef'));
  output.take('stdout', Buffer.from('dropped'));
  const summary = output.finish();
  expect(text('stdout')).toBe('0123456789');
  expect(text('stderr')).toBe('ab');
  expect(lines.filter(([stream]) => stream === 'log')).toHaveLength(1);
  expect(lines.at(-1)?.[1]).toBe('output reached its limit of 12 bytes; the rest is counted, not kept\n');
  expect(summary.bytes).toEqual({ stdout: 17, stderr: 6 });
  expect(summary.truncated).toBe(true);
});

test('output that fits exactly is not truncated', () => {
  const { output, lines } = setup({ logBytes: 10 });
  output.take('stdout', Buffer.from('0123456789'));
  expect(output.finish().truncated).toBe(false);
  expect(lines).toEqual([['stdout', '0123456789']]);
});

test('the result has the end of each stream, also of what was dropped', () => {
  const { output } = setup({ logBytes: 3 });
  output.take('stdout', Buffer.from('begin, middle, the end'));
  output.take('stderr', Buffer.from('oh'));
  expect(output.finish()).toMatchObject({ stdout: 'e end', stderr: 'oh' });
});

test.each([
  ['begin, middle, the end', 'an error was here', 'e end', ' here'],
  ['begin, middle, the end', 'oh', ' the end', 'oh'],
  ['', 'an error was here', '', 'r was here'],
  ['ab😀cd', 'efghijk', 'cd', 'ghijk'],
])('a failure also has what one stream leaves to the other: "%s" and "%s"', (stdout, stderr, end, errors) => {
  const { output } = setup();
  output.take('stdout', Buffer.from(stdout));
  output.take('stderr', Buffer.from(stderr));
  expect(output.finish(true)).toMatchObject({ stdout: end, stderr: errors });
});

test('held text goes out with time, and dropped output is still a sign of life', async () => {
  const logged = Promise.withResolvers<string>();
  const lived = Promise.withResolvers<void>();
  const { output } = setup({
    flushMs: 1,
    logBytes: 7,
    log: (_, text) => logged.resolve(text),
    alive: lived.resolve,
  });
  output.take('stdout', Buffer.from('line\npa'));
  expect(await logged.promise).toBe('line\n');
  output.take('stdout', Buffer.from('dropped'));
  await lived.promise;
  output.finish();
});
