import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { spawnBound } from './bound-process.ts';
import type { OrphanSignals } from './bound-process.ts';
import { signalIfAlive } from './process-identity.ts';

/** A node process that starts the shell script bound to itself; both write to the same pipe, which ends with the last of them. */
const parentOf = async (script: string, end: OrphanSignals) => {
  const file = JSON.stringify(path.join(import.meta.dirname, 'bound-process.ts'));
  const body = `import { spawnBound } from ${file};
    spawnBound('/bin/sh', ['-c', ${JSON.stringify(script)}], { stdio: ['ignore', 'inherit', 'inherit'], end: ${JSON.stringify(end)} });`;
  const flags = ['--conditions=precedent:source', '--input-type=module', '-e', body];
  const parent = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: parent.stdout });
  const [first] = (await once(lines, 'line')) as [string];
  onTestFinished(() => {
    parent.kill('SIGKILL');
    signalIfAlive(-Number(first), 'SIGKILL');
  });
  lines.close();
  return { parent, pid: Number(first), rest: text(parent.stdout.resume()) };
};

/** The processes of a group that still run; a zombie does not. */
const runningIn = (group: number): string[] => {
  const lines = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => new RegExp(`^ *${group} +[^Z]`).test(line));
};

describe('spawnBound', () => {
  it('asks the program to end when the process that started it is killed', async () => {
    const script = 'trap "echo terminated; exit" TERM; echo $$; while :; do sleep 0.05; done';
    const { parent, rest } = await parentOf(script, { signal: 'SIGTERM' });
    parent.kill('SIGKILL');
    expect(await rest).toBe('terminated\n');
  });

  it('kills a program that ignores every signal, with its process group, within 5 seconds', async () => {
    const script = 'trap "" TERM INT HUP; sleep 1000 & echo $$; while :; do sleep 0.05; done';
    const { parent, pid, rest } = await parentOf(script, { signal: 'SIGTERM', askAfterMs: 100 });
    const killedAt = performance.now();
    parent.kill('SIGKILL');
    await rest;
    expect(performance.now() - killedAt).toBeLessThan(5_000);
    expect(runningIn(pid)).toEqual([]);
  });

  it('kills a program that is stopped, and for which no signal is configured', async () => {
    const { parent, pid, rest } = await parentOf('echo $$; exec sleep 1000', {});
    process.kill(pid, 'SIGSTOP');
    parent.kill('SIGKILL');
    expect(await rest).toBe('');
  });

  it('leaves no watcher behind when the program ends by itself', async () => {
    const child = spawnBound('/bin/sh', ['-c', 'exit 3'], { stdio: ['ignore', 'ignore', 'ignore'], end: {} });
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(runningIn(child.pid ?? 0)).toEqual([]);
  });

  it('gives the program the arguments, the environment and the process id that it would have had', async () => {
    const child = spawnBound('/bin/sh', ['-c', 'echo "$$ $1 $MARK"', 'sh', 'a  b'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, MARK: '"; x' },
      end: {},
    });
    expect(child.stdout && (await text(child.stdout))).toBe(`${child.pid} a  b "; x\n`);
  });
});
