import { expect, test } from 'vitest';
import { candidatesFor } from './find-program.ts';

test.each([
  ['ls', '/bin:/usr/bin', ['/bin/ls', '/usr/bin/ls']],
  ['./run', '/bin', ['/project/run']],
  ['sub/run', '/bin', ['/project/sub/run']],
  ['/opt/run', '/bin', ['/opt/run']],
  ['ls', 'tools:', ['/project/tools/ls', '/project/ls']],
])('%s with PATH %s is looked for where the system would', (command, path, places) => {
  expect(candidatesFor(command, path, '/project')).toEqual(places);
});
