import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isAppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockDataDir } from './data-dir.ts';
import { takeAway } from './lock-file.ts';
import { identityOf } from './process-identity.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const refusal = async (dir: string) => {
  const error: unknown = await lockDataDir(dir, { version: '1.2.3' }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isAppError(error) ? error.toProblem() : error;
};

/** A program that does nothing until it is killed. */
const idle = () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

/** A program with `lockDataDir` at hand. */
const locking = (script: string) => {
  const source = JSON.stringify(path.join(import.meta.dirname, 'data-dir.ts'));
  const text = `import { lockDataDir } from ${source};\n${script}`;
  const args = ['--conditions=precedent:source', '--input-type=module', '-e', text];
  const child = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

const lockOf = (dir: string): string => path.join(dir, 'precedent.lock');

describe('takeAway', () => {
  it('puts back the new lock of a process that was faster', () => {
    const lock = lockOf(newFolder());
    writeFileSync(lock, 'new');
    takeAway(lock, 'stale');
    expect(readFileSync(lock, 'utf8')).toBe('new');
    takeAway(lock, 'new');
    expect(readdirSync(path.dirname(lock))).toEqual([]);
    takeAway(lock, 'gone');
  });
});

describe('lockDataDir', () => {
  it('makes the folder and labels it with its format', async () => {
    const dir = path.join(newFolder(), 'a', 'b');
    const lock = await lockDataDir(dir, { version: '1.2.3' });
    expect(JSON.parse(readFileSync(path.join(dir, 'precedent.json'), 'utf8'))).toEqual({
      format: 1,
      version: '1.2.3',
      createdAt: expect.stringMatching(/^\d{4}-/) as string,
    });
    lock.release();
  });

  it('refuses a path that can be no folder', async () => {
    const file = path.join(newFolder(), 'file');
    writeFileSync(file, '');
    expect(await refusal(path.join(file, 'data'))).toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('refuses a folder that is in use, naming the process', async () => {
    const dir = newFolder();
    const lock = await lockDataDir(dir, { version: '1.2.3' });
    expect(await refusal(dir)).toMatchObject({ code: 'DATA_IN_USE', details: { pid: process.pid } });
    lock.release();
  });

  it('gives it to the next one after release, and leaves no other file', async () => {
    const dir = newFolder();
    const first = await lockDataDir(dir, { version: '1.2.3' });
    first.release();
    const second = await lockDataDir(dir, { version: '1.2.3' });
    // The first one has nothing to release any more.
    first.release();
    expect(readdirSync(dir).toSorted()).toEqual(['precedent.json', 'precedent.lock']);
    second.release();
    expect(readdirSync(dir)).toEqual(['precedent.json']);
  });

  it('respects the lock of another living process, and takes over that of a killed one', async () => {
    const dir = newFolder();
    const other = idle();
    writeFileSync(lockOf(dir), JSON.stringify(identityOf(other.pid ?? 0)));
    expect(await refusal(dir)).toMatchObject({ code: 'DATA_IN_USE', details: { pid: other.pid } });
    other.kill('SIGKILL');
    await once(other, 'exit');
    const lock = await lockDataDir(dir, { version: '1.2.3' });
    lock.release();
  });

  it('is not fooled by another process that has the number of the dead owner', async () => {
    const dir = newFolder();
    const identity = identityOf(idle().pid ?? 0);
    writeFileSync(lockOf(dir), JSON.stringify({ ...identity, started: '1' }));
    (await lockDataDir(dir, { version: '1.2.3' })).release();
    writeFileSync(lockOf(dir), JSON.stringify({ ...identity, boot: 'another boot' }));
    (await lockDataDir(dir, { version: '1.2.3' })).release();
  });

  it.each(['', '{', '[]', '{"pid": "1"}'])('takes over a lock that holds %j', async (content) => {
    const dir = newFolder();
    writeFileSync(lockOf(dir), content);
    (await lockDataDir(dir, { version: '1.2.3' })).release();
  });

  it('lets exactly one of many processes take over a stale lock', async () => {
    const dir = newFolder();
    writeFileSync(lockOf(dir), '{}');
    const script = `process.stdin.once('data', async () => {
      const outcome = await lockDataDir(${JSON.stringify(dir)}, { version: '1' }).then(() => 'mine', (error) => error.code);
      console.log(outcome); });
      process.stdin.once('end', () => process.exit()); console.log('waiting');`;
    const contenders = Array.from({ length: 5 }, () => locking(script));
    const linesOf = contenders.map(({ stdout }) =>
      createInterface({ input: stdout })[Symbol.asyncIterator](),
    );
    for (const lines of linesOf) expect((await lines.next()).value).toBe('waiting');
    for (const { stdin } of contenders) stdin.write('go');
    const outcomes = await Promise.all(linesOf.map(async (lines) => (await lines.next()).value));
    expect(outcomes.map(String).toSorted()).toEqual([...Array<string>(4).fill('DATA_IN_USE'), 'mine']);
    for (const { stdin } of contenders) stdin.end();
  });

  it.each([
    [
      '{"format": 2, "version": "9.0.0"}',
      /has format 2, written by version 9.0.0; this version \(1.2.3\) reads format 1/,
    ],
    ['half a fi', /names no format/],
  ])('refuses a folder labelled %j and does not keep it', async (label, message) => {
    const dir = newFolder();
    writeFileSync(path.join(dir, 'precedent.json'), label);
    const problem = await refusal(dir);
    expect(problem).toMatchObject({
      code: 'DATA_TOO_NEW',
      message: expect.stringMatching(message) as string,
    });
    expect(readdirSync(dir)).toEqual(['precedent.json']);
  });

  it('releases the folder when the process exits', async () => {
    const dir = newFolder();
    const child = locking(
      `await lockDataDir(${JSON.stringify(dir)}, { version: '1' }); console.log('locked');`,
    );
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(line.toString()).toBe('locked\n');
    await once(child, 'exit');
    expect(readdirSync(dir)).not.toContain('precedent.lock');
  });
});
