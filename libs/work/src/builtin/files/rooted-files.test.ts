import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rootedFiles } from './rooted-files.ts';
import type { RootedFilesOptions } from './rooted-files.ts';
import { walk } from './walk.ts';

/** A folder with a root in it, and what lies around the root. */
const setup = (options: Partial<RootedFilesOptions> = {}) => {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'precedent-roots-')));
  const at = (...names: string[]): string => path.join(home, ...names);
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  };
  write('root/a.txt', 'a');
  write('outside/secret', 'secret');
  const files = rootedFiles({ roots: [at('root')], ...options });
  const remove = (): void => rmSync(home, { recursive: true, force: true });
  return { home, at, write, files, [Symbol.dispose]: remove };
};

const refusedWith = (text: string) => ({
  code: 'INVALID_TASK',
  message: expect.stringContaining(text) as string,
});

describe('rootedFiles', () => {
  it('reads, lists and writes below a root', async () => {
    using world = setup();
    expect(await world.files.write('new/deep/b.txt', Buffer.from('b'))).toBe(world.at('root/new/deep/b.txt'));
    expect(await world.files.read('new/deep/b.txt', 10)).toMatchObject({ bytes: Buffer.from('b') });
    expect(await world.files.list('.')).toEqual([
      { name: 'a.txt', kind: 'file' },
      { name: 'new', kind: 'folder' },
    ]);
  });

  it('refuses every path when it has no roots, and names the key that adds some', async () => {
    using world = setup({ roots: [] });
    for (const call of [
      world.files.read(world.at('root/a.txt'), 10),
      world.files.list('.'),
      world.files.write('a', Buffer.from('a')),
    ])
      await expect(call).rejects.toMatchObject(refusedWith('worker.roots'));
  });

  it('refuses what lies outside, by a path or through a link, for reading, listing and writing', async () => {
    using world = setup();
    symlinkSync(world.at('outside'), world.at('root/folder'));
    symlinkSync(world.at('outside/secret'), world.at('root/file'));
    symlinkSync(world.at('outside/new'), world.at('root/dangling'));
    for (const one of ['../outside/secret', '/etc/hostname', 'file', 'folder/secret']) {
      await expect(world.files.read(one, 10)).rejects.toMatchObject(refusedWith('outside'));
      await expect(world.files.write(one, Buffer.from('x'))).rejects.toMatchObject(refusedWith('outside'));
    }
    await expect(world.files.list('folder')).rejects.toMatchObject(refusedWith('outside'));
    await expect(world.files.write('dangling', Buffer.from('x'))).rejects.toMatchObject(refusedWith('link'));
    expect(readdirSync(world.at('outside'))).toEqual(['secret']);
    expect(readFileSync(world.at('outside/secret'), 'utf8')).toBe('secret');
  });

  it.each([
    ['a named folder', '.precedent/history/history.db'],
    ['a named file', 'other.conf'],
    ['a configuration file of any instance', 'sub/precedent.yaml'],
    ['a data folder of another instance', 'data/precedent.lock'],
    ['a data folder of another instance, far below it', 'data/vectorizer/qdrant/qdrant.yaml'],
    ['a backup', 'saved/backup-2026-11-29T18-00-00.000Z/manifest.json'],
    ['a backup that is being written', 'saved/.backup-01J/history/tasks/history.db'],
  ])('refuses %s, whatever the roots are', async (_, name) => {
    using world = setup();
    const files = rootedFiles({
      roots: [world.at('root'), '/'],
      protects: [world.at('root/.precedent'), world.at('root/other.conf')],
    });
    world.write('root/data/precedent.json', '{}');
    world.write(`root/${name}`, 'ours');
    symlinkSync(path.dirname(world.at('root', name)), world.at('link'));
    for (const one of [name, world.at('root', name), world.at('link', path.basename(name))]) {
      await expect(files.read(one, 10)).rejects.toMatchObject(refusedWith('belongs to Precedent'));
      await expect(files.write(one, Buffer.from('x'))).rejects.toMatchObject(refusedWith('belongs to Prec'));
    }
    expect(readFileSync(world.at('root', name), 'utf8')).toBe('ours');
    const options = { globs: [], exclude: [], maxFiles: 100, alive: () => undefined };
    expect(await walk(files, world.at('root'), options)).toEqual([world.at('root/a.txt')]);
  });

  it('refuses a root that lies in a data folder', async () => {
    using world = setup();
    world.write('precedent.json', '{}');
    await expect(world.files.read('a.txt', 10)).rejects.toMatchObject(refusedWith('belongs to Precedent'));
  });

  it('writes with the mask of the user, whatever the mask of the process is', async () => {
    using world = setup({ umask: 0o000 });
    await world.files.write('new/b.txt', Buffer.from('b'));
    expect(statSync(world.at('root/new')).mode & 0o777).toBe(0o777);
    expect(statSync(world.at('root/new/b.txt')).mode & 0o777).toBe(0o666);
  });

  it('says why a folder cannot be written', async () => {
    using world = setup();
    world.write('root/file', 'x');
    chmodSync(world.at('root/file'), 0o600);
    await expect(world.files.write('file/b.txt', Buffer.from('b'))).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      message: expect.stringMatching(/cannot be written: E/) as string,
    });
  });
});
