import { mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { aFolder } from './folder.arbitraries.ts';
import { changedFiles, scanFolder } from './scan.ts';

const VISIBLE = { hidden: false };

test('finds files at any depth, without generated folders, and follows no link', async () => {
  using dir = aFolder({
    'a.md': '',
    'deep/er/b.md': '',
    'node_modules/x/c.md': '',
    'deep/.git/config': '',
    '.env': '',
    '.cache/d': '',
  });
  symlinkSync('/etc', path.join(dir.root, 'etc'));
  symlinkSync(path.join(dir.root, 'a.md'), path.join(dir.root, 'link.md'));
  const { files, folders } = await scanFolder(dir.root, VISIBLE);
  expect(dir.names(files.keys())).toEqual(['a.md', 'deep/er/b.md']);
  expect(dir.names(folders)).toEqual(['', 'deep', 'deep/er']);
  const all = await scanFolder(dir.root, { hidden: true });
  expect(dir.names(all.files.keys())).toEqual(['.cache/d', '.env', 'a.md', 'deep/er/b.md']);
});

test('leaves out what .gitignore names, the inner file over the outer one', async () => {
  using dir = aFolder({
    '.gitignore': '*.log\nbuild/\n/only-here.txt\n!keep.log\n',
    'a.log': '',
    'keep.log': '',
    'only-here.txt': '',
    'sub/only-here.txt': '',
    'build/x.txt': '',
    'sub/.gitignore': '!*.log\nsecret*\n',
    'sub/b.log': '',
    'sub/secret.txt': '',
    'sub/build/y.txt': '',
  });
  const { files } = await scanFolder(dir.root, VISIBLE);
  expect(dir.names(files.keys())).toEqual(['keep.log', 'sub/b.log', 'sub/only-here.txt']);
});

test('minds the .gitignore above it, in a repository only', async () => {
  using dir = aFolder({ '.gitignore': '*.log\n', 'docs/a.log': '', 'docs/b.md': '' });
  const docs = path.join(dir.root, 'docs');
  expect(dir.names((await scanFolder(docs, VISIBLE)).files.keys())).toEqual(['docs/a.log', 'docs/b.md']);
  mkdirSync(path.join(dir.root, '.git'));
  expect(dir.names((await scanFolder(docs, VISIBLE)).files.keys())).toEqual(['docs/b.md']);
});

test('sees what is new, changed and gone', async () => {
  using dir = aFolder({ a: '1', b: '1', c: '1', d: '1' });
  const before = (await scanFolder(dir.root, VISIBLE)).files;
  dir.write('b', 'longer');
  dir.remove('c');
  dir.write('e');
  utimesSync(path.join(dir.root, 'd'), 1, 1);
  const after = (await scanFolder(dir.root, VISIBLE)).files;
  expect(dir.names(changedFiles(before, after))).toEqual(['b', 'c', 'd', 'e']);
  expect(changedFiles(after, after)).toEqual([]);
});

test('refuses what is no folder', async () => {
  using dir = aFolder({ a: '' });
  for (const name of ['a', 'none'])
    await expect(scanFolder(path.join(dir.root, name), VISIBLE)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
});
