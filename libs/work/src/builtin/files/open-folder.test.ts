import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, openFolder } from './open-folder.ts';

const setup = () => {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'precedent-open-')));
  for (const name of ['root/sub', 'outside']) mkdirSync(path.join(home, name), { recursive: true });
  return { home, [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }) };
};

/** Puts a link to the outside in the place of a folder. */
const swap = (home: string): void => {
  renameSync(path.join(home, 'root/sub'), path.join(home, 'root/moved'));
  symlinkSync(path.join(home, 'outside'), path.join(home, 'root/sub'));
};

describe('openFolder', () => {
  it('does not open a folder that has become a link', async () => {
    using world = setup();
    swap(world.home);
    await expect(openFolder(path.join(world.home, 'root/sub'))).rejects.toThrow(/ELOOP|ENOTDIR/);
  });

  it('tells where it is when a folder on the way has become a link', async () => {
    using world = setup();
    mkdirSync(path.join(world.home, 'outside/deep'));
    swap(world.home);
    await using folder = await openFolder(path.join(world.home, 'root/sub/deep'));
    expect(folder.real).toBe(path.join(world.home, 'outside/deep'));
  });
});

describe('makeFolder', () => {
  it('makes nothing behind a link that was put in the place of a folder', async () => {
    using world = setup();
    mkdirSync(path.join(world.home, 'outside/deep'));
    swap(world.home);
    const check = async (real: string): Promise<void> => {
      if (!real.startsWith(path.join(world.home, 'root'))) throw new Error('outside');
    };
    await expect(makeFolder(path.join(world.home, 'root/sub/deep/new'), 0o755, check)).rejects.toThrow(
      'outside',
    );
    expect(existsSync(path.join(world.home, 'outside/deep/new'))).toBe(false);
  });
});
