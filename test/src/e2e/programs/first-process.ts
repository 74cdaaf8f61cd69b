// The first process of a container: starts an orphan, and tells when it is gone for good, or that it became a zombie.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { reapAsInit } from '@precedent/processes';

if (process.argv[2] !== 'bare') reapAsInit();
const { stdout } = spawnSync('/bin/sh', ['-c', 'sleep 0.1 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8' });
const orphan = Number(stdout);
process.on('SIGTERM', () => process.exit(7));
const deadline = performance.now() + 2_000;
const look = (): void => {
  if (existsSync(`/proc/${orphan}`) && performance.now() < deadline) return;
  clearInterval(timer);
  const fate = existsSync(`/proc/${orphan}`) ? 'a zombie' : 'reaped';
  process.stdout.write(
    `${JSON.stringify({ isFirst: process.pid === 1, fate, args: process.argv.slice(2) })}\n`,
  );
  if (process.argv[2] === 'wait') setInterval(() => undefined, 1_000);
};
const timer = setInterval(look, 20);
