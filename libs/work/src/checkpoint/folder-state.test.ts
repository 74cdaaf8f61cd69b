import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureFolder } from './capture.ts';
import { makeCheckpointFolder, sweepCheckpointFolders } from './checkpoint-folder.ts';
import { folderStateOf, hashOf } from './folder-state.ts';
import type { FolderState } from './folder-state.ts';
import { restoreFolder } from './restore.ts';

const LIMITS = { maxBytes: 1_000_000, maxEntries: 100 };

const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'precedent-folder-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

const captured = async (path: string, limits = LIMITS): Promise<FolderState> => {
  const found = await captureFolder(path, limits);
  if ('refused' in found) throw new Error(found.refused);
  return found.state;
};

const refusal = async (path: string, limits: typeof LIMITS): Promise<string | undefined> => {
  const found = await captureFolder(path, limits);
  return 'refused' in found ? found.refused : undefined;
};

describe('a folder', () => {
  it('is the same after it was captured, written as JSON, and restored', async () => {
    await using from = await folder();
    await using to = await folder();
    await mkdir(join(from.path, 'a/empty'), { recursive: true });
    await writeFile(join(from.path, 'a/b.bin'), Uint8Array.of(0, 255, 128, 10));
    await writeFile(join(from.path, 'run'), '#!/bin/sh\n');
    await chmod(join(from.path, 'run'), 0o777);
    await symlink('a/b.bin', join(from.path, 'current'));
    const state = await captured(from.path);
    await restoreFolder(to.path, folderStateOf(JSON.parse(JSON.stringify(state))) ?? state);
    expect((await readdir(to.path, { recursive: true })).toSorted()).toEqual([
      'a',
      'a/b.bin',
      'a/empty',
      'current',
      'run',
    ]);
    expect([...(await readFile(join(to.path, 'a/b.bin')))]).toEqual([0, 255, 128, 10]);
    expect((await stat(join(to.path, 'run'))).mode & 0o777).toBe(0o777);
    expect(await readlink(join(to.path, 'current'))).toBe('a/b.bin');
    expect(hashOf(await captured(to.path))).toBe(hashOf(state));
  });

  it('of any files has the same state again, and another one when a byte differs', async () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'ö', ' ', '.x'), minLength: 1, maxLength: 4 });
    const files = fc.dictionary(name, fc.uint8Array({ maxLength: 50 }), { maxKeys: 5, minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(files, async (contents) => {
        await using from = await folder();
        await using to = await folder();
        for (const [path, bytes] of Object.entries(contents)) await writeFile(join(from.path, path), bytes);
        const state = await captured(from.path);
        await restoreFolder(to.path, state);
        expect(await captured(to.path)).toEqual(state);
        const [first = ''] = Object.keys(contents);
        await writeFile(join(to.path, first), 'something else');
        expect(hashOf(await captured(to.path))).not.toBe(hashOf(state));
      }),
      { numRuns: 25 },
    );
  });

  it('is saved without the control files of command and worker, and without items that are no files', async () => {
    await using dir = await folder();
    for (const name of ['.commit', '.yield', '.refused', '.other']) await writeFile(join(dir.path, name), '');
    const server = createServer();
    await new Promise<void>((ready) => server.listen(join(dir.path, 'socket'), ready));
    const found = await captureFolder(dir.path, LIMITS);
    await new Promise((closed) => server.close(closed));
    expect(found).toEqual({
      state: { kind: 'folder/1', entries: [{ path: '.other', kind: 'file', mode: 0o644, content: '' }] },
      skipped: ['socket'],
    });
  });

  it('that is too large is refused before it is read', async () => {
    await using dir = await folder();
    await writeFile(join(dir.path, 'a'), 'x'.repeat(3_000));
    expect(await refusal(dir.path, { maxBytes: 4_000, maxEntries: 9 })).toBe(
      'it takes 4099 of 4000 bytes at most',
    );
    const bytes = Buffer.byteLength(JSON.stringify(await captured(dir.path)));
    expect(bytes).toBeLessThan(4_099);
    await mkdir(join(dir.path, 'b'));
    expect(await refusal(dir.path, { maxBytes: 9_999, maxEntries: 1 })).toBe(
      'it has more than 1 files and folders',
    );
  });

  it('that changes while it is read is read again, and refused when it goes on changing', async () => {
    await using dir = await folder();
    for (const name of ['a', 'b']) await writeFile(join(dir.path, name), '0');
    /** Both files get a new content after the first of them was read, so many times. */
    const changing = (times: number) => {
      let changes = 0;
      return async (path: string): Promise<Buffer> => {
        const content = await readFile(path);
        if (!path.endsWith('a') || changes === times) return content;
        changes++;
        for (const name of ['a', 'b']) await writeFile(join(dir.path, name), String(changes));
        return content;
      };
    };
    const contents = async (times: number): Promise<unknown> => {
      const found = await captureFolder(dir.path, LIMITS, changing(times));
      return 'refused' in found
        ? found.refused
        : found.state.entries.map((entry) => entry.kind === 'file' && atob(entry.content));
    };
    expect(await contents(1)).toEqual(['1', '1']);
    expect(await contents(4)).toEqual(['4', '4']);
    expect(await contents(5)).toBe('its files changed again and again while they were read');
  });

  it('that does not exist is not saved as an empty one', async () => {
    expect(await refusal(join(tmpdir(), randomUUID(), 'folder'), LIMITS)).toBe('it cannot be read');
  });
});

describe('a state from outside', () => {
  const file = { kind: 'file', mode: 0o644, content: '' };
  const LINK = { path: 'a', kind: 'link', target: '/tmp' } as const;
  it.each([
    [undefined],
    ['text'],
    [{ kind: 'folder/1' }],
    [{ kind: 'folder/2', entries: [] }],
    [{ kind: 'folder/1', entries: [{ ...file, path: '../a' }] }],
    [{ kind: 'folder/1', entries: [{ ...file, path: '/a' }] }],
    [{ kind: 'folder/1', entries: [{ ...file, path: 'a//b' }] }],
    [{ kind: 'folder/1', entries: [{ ...file, path: 'a\0b' }] }],
    [{ kind: 'folder/1', entries: [{ ...file, path: '' }] }],
    [{ kind: 'folder/1', entries: [{ path: 'a', kind: 'link' }] }],
    [{ kind: 'folder/1', entries: [{ path: 'a', kind: 'file', mode: 0.5, content: '' }] }],
    [{ kind: 'folder/1', entries: [{ path: 'a', kind: 'device' }] }],
    [{ kind: 'folder/1', entries: [LINK, { ...file, path: 'a/b' }] }],
    [{ kind: 'folder/1', entries: [LINK, { path: 'a/b', kind: 'link', target: '/etc' }] }],
    [{ kind: 'folder/1', entries: [LINK, { path: 'a/b/c', kind: 'folder' }, { ...file, path: 'a.txt' }] }],
    [{ kind: 'folder/1', entries: [LINK, { ...file, path: 'a' }] }],
    [
      {
        kind: 'folder/1',
        entries: [
          { ...file, path: 'a/b' },
          { ...file, path: 'a' },
        ],
      },
    ],
  ])('%j is none', (value) => {
    expect(folderStateOf(value)).toBeUndefined();
  });

  it('cannot set more than permissions', () => {
    const state = folderStateOf({ kind: 'folder/1', entries: [{ ...file, path: 'a', mode: 0o4755 }] });
    expect(state?.entries).toEqual([{ path: 'a', kind: 'file', mode: 0o755, content: '' }]);
  });

  it('may contain links next to folders with similar names', () => {
    const entries = [
      LINK,
      { path: 'a.d', kind: 'folder' },
      { ...file, path: 'a.d/b' },
      { ...file, path: 'b/c' },
    ];
    expect(folderStateOf({ kind: 'folder/1', entries })?.entries).toHaveLength(4);
  });

  it.each([
    { ...file, kind: 'file', path: 'a/b' } as const,
    { path: 'a/b', kind: 'link', target: '/x' } as const,
  ])('cannot write %j through a link of its own', async (below) => {
    await using dir = await folder();
    await using outside = await folder();
    const entries = [{ path: 'a', kind: 'link', target: outside.path } as const, below];
    await expect(restoreFolder(dir.path, { kind: 'folder/1', entries })).rejects.toThrow('EEXIST');
    expect(await readdir(outside.path)).toEqual([]);
  });
});

describe('the folder of an attempt', () => {
  it('is private, new, and removed with all that is in it', async () => {
    await using dir = await folder();
    const made = await makeCheckpointFolder(join(dir.path, 'root'), 'tag');
    expect((await stat(made.path)).mode & 0o777).toBe(0o700);
    await expect(makeCheckpointFolder(join(dir.path, 'root'), 'tag')).rejects.toThrow('EEXIST');
    await mkdir(join(made.path, 'a'));
    await made.remove();
    expect(await readdir(join(dir.path, 'root'))).toEqual([]);
  });

  it('is swept only when its worker is dead', async () => {
    await using dir = await folder();
    await makeCheckpointFolder(dir.path, 'dead');
    await makeCheckpointFolder(dir.path, 'alive');
    await mkdir(join(dir.path, 'dead'));
    await sweepCheckpointFolders(dir.path, (tag) => tag === 'dead');
    expect((await readdir(dir.path)).toSorted()).toEqual(['dead', 'precedent-checkpoint-alive']);
    await sweepCheckpointFolders(join(dir.path, 'missing'), () => true);
  });
});
