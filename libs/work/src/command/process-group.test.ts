import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { isGroupAlive, membersOf, sendSignal } from './process-group.ts';
import { statOf } from './procfs.ts';

/** Node source that starts a process in a group of its own and tells its number. */
const starts = `const { pid } = require('node:child_process').spawn('tail', ['-f', '/dev/null'], { detached: true });
  console.log(pid);`;

test.skipIf(process.platform !== 'linux')('a group in which only a zombie is left is not alive', async () => {
  const parent = spawn(process.execPath, ['-e', starts], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(createInterface(parent.stdout), 'line');
  const group = Number(line);
  expect(isGroupAlive(group)).toBe(true);
  // A parent that is stopped does not reap its children.
  parent.kill('SIGSTOP');
  process.kill(group, 'SIGKILL');
  await expect.poll(() => statOf(group)).toBeUndefined();
  expect(sendSignal(-group, 0)).toBe('sent');
  expect(membersOf(group)).toEqual([]);
  expect(isGroupAlive(group)).toBe(false);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});

test('a process that does not exist is gone', () => {
  expect(sendSignal(2 ** 30, 0)).toBe('gone');
});
