import { expect, test } from 'vitest';
import { parseStat, statOf } from './procfs.ts';
import { newRunTag, ownerOf } from './run-tag.ts';

test('a process name may hold brackets and spaces', () => {
  const text = '42 (a) b (c) S 1 40 39 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 1';
  expect(parseStat(42, text)).toEqual({
    pid: 42,
    name: 'a) b (c',
    state: 'S',
    parent: 1,
    group: 40,
    startTicks: '987654',
  });
});

test.skipIf(process.platform !== 'linux')('a tag names this process as its owner', () => {
  const owner = ownerOf(newRunTag());
  expect(owner).toMatchObject({ pid: process.pid, startTicks: statOf(process.pid)?.startTicks });
  expect(owner?.space).toMatch(/^[1-9]\d*$/);
});

test.each(['', 'x', '1.2.3', '1.2.3.4.5', '1.2.x.4', '-1.2.3.4'])('%j is not a tag', (text) => {
  expect(ownerOf(text)).toBeUndefined();
});
