import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { SOURCE } from './programs.ts';

const PROGRAM = path.join(import.meta.dirname, 'programs/first-process.ts');
/** A pid namespace of its own, with a `/proc` that shows it; the program is its first process. */
const ALONE = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const canUnshare = spawnSync('unshare', [...ALONE, 'true']).status === 0;

const first = (...args: readonly string[]) =>
  spawn('unshare', [...ALONE, process.execPath, SOURCE, PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const said = async (program: ReturnType<typeof first>): Promise<unknown> => {
  const [line] = (await once(createInterface(program.stdout), 'line')) as [string];
  return JSON.parse(line);
};

describe.skipIf(!canUnshare)('the first process of a container (needs unshare)', () => {
  it('reaps orphaned processes, and keeps its arguments', async () => {
    const args = ['a b', '"$c"', ''];
    const program = first(...args);
    const exited = once(program, 'exit');
    expect(await said(program)).toEqual({ isFirst: false, fate: 'reaped', args });
    expect(await exited).toEqual([0, null]);
  });

  it('is needed because Node itself reaps no orphaned processes', async () => {
    expect(await said(first('bare'))).toEqual({ isFirst: true, fate: 'a zombie', args: ['bare'] });
  });

  it('forwards signals, and ends as the program does', async () => {
    const program = first('wait');
    const exited = once(program, 'exit');
    await said(program);
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(program.pid)], { encoding: 'utf8' });
    process.kill(Number(children.stdout), 'SIGTERM');
    expect(await exited).toEqual([7, null]);
  });
});
