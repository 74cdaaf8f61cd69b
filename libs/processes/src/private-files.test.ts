import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makePrivate } from './private-files.ts';

/** A folder with open files in it. */
const setup = (...names: readonly string[]) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'precedent-modes-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of names) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), '');
    chmodSync(path.join(dir, name), 0o644);
  }
  chmodSync(dir, 0o755);
  return { dir, modeOf: (name: string) => (statSync(path.join(dir, name)).mode & 0o777).toString(8) };
};

describe('makePrivate', () => {
  it('takes the rights of others from everything in a data folder', () => {
    const { dir, modeOf } = setup('precedent.json', 'history/history.db', 'other/deep/file');
    makePrivate(dir);
    expect(['.', 'history', 'other'].map(modeOf)).toEqual(['700', '700', '700']);
    expect(['precedent.json', 'history/history.db', 'other/deep/file'].map(modeOf)).toEqual([
      '600',
      '600',
      '600',
    ]);
  });

  it('leaves a folder alone that holds other things, but for what is ours in it', () => {
    const { dir, modeOf } = setup('src/main.ts', 'nats/store/block');
    makePrivate(dir);
    expect(['.', 'src/main.ts', 'nats'].map(modeOf)).toEqual(['755', '644', '700']);
  });

  it('follows no link', () => {
    const { dir } = setup('precedent.json');
    const other = setup('file');
    symlinkSync(other.dir, path.join(dir, 'link'));
    makePrivate(dir);
    expect(['.', 'file'].map(other.modeOf)).toEqual(['755', '644']);
  });

  it('does nothing where there is no folder', () => {
    makePrivate('/nowhere/at/all');
  });
});
