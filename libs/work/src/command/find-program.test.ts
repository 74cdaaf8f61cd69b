import { expect, test } from 'vitest';
import { candidatesFor } from './find-program.ts';

test.each([
  ['ls', '/bin:/usr/bin', ['/bin/ls', '/usr/bin/ls']],
  ['./run', '/bin', ['/work/run']],
  ['sub/run', '/bin', ['/work/sub/run']],
  ['/opt/run', '/bin', ['/opt/run']],
  ['ls', 'tools:', ['/work/tools/ls', '/work/ls']],
])('%s with PATH %s is looked for where the system would', (command, path, places) => {
  expect(candidatesFor(command, path, '/work')).toEqual(places);
});
