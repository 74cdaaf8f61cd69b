import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compareVersions, findBinary } from './find-binary.ts';
import type { BinaryKind, FindBinaryOptions } from './find-binary.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-path-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

const PLATFORM = `${process.platform}-${process.arch}`;
/** A program that only answers `--version`, and leaves a trace of having run. */
const programOf = (version: string): string => `#!/bin/sh\ntouch "$0.ran"\necho server v${version}\n`;
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const writeProgram = (file: string, version: string, mode = 0o755): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, programOf(version));
  chmodSync(file, mode);
};

const folderWith = (version: string, mode?: number): string => {
  const folder = newFolder();
  writeProgram(path.join(folder, 'server'), version, mode);
  return folder;
};

const KIND: BinaryKind = {
  program: 'server',
  minVersion: '2.12.0',
  packagePrefix: '@some/server',
  packagePath: path.join('bin', 'server'),
  pins: { [PLATFORM]: { version: '2.12.5', sha256: hashOf(programOf('2.12.5')) } },
  version: /v(\d+\.\d+\.\d+)/,
  section: 'nats',
};

/** A project with the package, which holds a program of this version. */
const projectWith = (version: string, mode?: number) => {
  const root = newFolder();
  const folder = path.join(root, 'node_modules', `@some/server-${PLATFORM}`);
  writeProgram(path.join(folder, 'bin', 'server'), version, mode);
  writeFileSync(path.join(folder, 'package.json'), '{}');
  return { packageFrom: path.join(root, 'project.js'), binary: path.join(folder, 'bin', 'server') };
};

const refusal = async (options: FindBinaryOptions, kind = KIND) => {
  const error: unknown = await findBinary(kind, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isAppError(error) ? error.toProblem() : error;
};

describe('findBinary', () => {
  it('takes the configured path', async () => {
    const file = path.join(folderWith('2.13.1'), 'server');
    const found = await findBinary(KIND, { path: file, env: { PATH: folderWith('2.14.0') } });
    expect(found).toEqual({ binary: file, version: '2.13.1', source: 'configured' });
  });

  it('takes a configured name from the first folder of PATH whose program is new enough', async () => {
    const [broken, old, good] = [folderWith('2.99.0', 0o644), folderWith('2.11.9'), folderWith('2.12.0')];
    const env = { PATH: ['', '/nowhere', broken, old, good].join(':') };
    expect(await findBinary(KIND, { path: 'server', env })).toEqual({
      binary: path.join(good, 'server'),
      version: '2.12.0',
      source: 'configured',
    });
  });

  it('takes the pinned program of the package, not what happens to be on PATH, and makes it executable', async () => {
    const { packageFrom, binary } = projectWith('2.12.5', 0o644);
    const found = await findBinary(KIND, { env: { PATH: folderWith('2.99.0') }, packageFrom });
    expect(found).toEqual({ binary, version: '2.12.5', source: 'package' });
    expect(statSync(binary).mode & 0o111).toBe(0o111);
  });

  it('refuses a program of the package that is not the pinned one, and does not run it', async () => {
    const { packageFrom, binary } = projectWith('2.12.6');
    expect(await refusal({ env: {}, packageFrom })).toMatchObject({
      code: 'BINARY_MISSING',
      message: expect.stringMatching(
        / is not the pinned program: its sha256 is \w{64}, not \w{64}/,
      ) as string,
    });
    expect(() => statSync(`${binary}.ran`)).toThrow('ENOENT');
  });

  it('notices a changed program although it is known as good, also with its size and its times', async () => {
    const [{ packageFrom, binary }, cacheDir] = [projectWith('2.12.5'), newFolder()];
    const options = { env: {}, packageFrom, cacheDir };
    await findBinary(KIND, options);
    const cache = path.join(cacheDir, 'verified.json');
    expect(statSync(cache).mode & 0o777).toBe(0o600);
    expect(readFileSync(cache, 'utf8')).toContain(binary);
    expect(await findBinary(KIND, options)).toMatchObject({ version: '2.12.5' });
    const { atime, mtime } = statSync(binary);
    writeFileSync(binary, programOf('2.12.6'));
    utimesSync(binary, atime, mtime);
    expect(await refusal(options)).toMatchObject({ code: 'BINARY_MISSING' });
  });

  it('says which configured server is too old', async () => {
    const old = folderWith('2.11.9');
    const message = `${old}/server is version 2.11.9; at least 2.12.0 is needed`;
    const { packageFrom } = projectWith('2.12.5');
    for (const one of ['server', path.join(old, 'server')])
      expect(await refusal({ path: one, env: { PATH: old }, packageFrom })).toEqual({
        code: 'SERVER_TOO_OLD',
        message,
      });
  });

  it('does not replace a configured program that is none by another', async () => {
    const { packageFrom } = projectWith('2.12.5');
    expect(
      await refusal({ path: '/nowhere', env: { PATH: folderWith('2.14.0') }, packageFrom }),
    ).toMatchObject({
      code: 'BINARY_MISSING',
      message: expect.stringMatching(/^\/nowhere is no server program/) as string,
    });
  });

  it('names the keys to set where there is no program', async () => {
    const ways = /nats\.url.*nats\.binary: server.*install again with npm/;
    const { packageFrom } = projectWith('2.12.5');
    const nowhere = await refusal({ env: {}, packageFrom: path.join(newFolder(), 'project.js') });
    expect(nowhere).toMatchObject({ code: 'BINARY_MISSING', message: expect.stringMatching(ways) as string });
    const unpinned = await refusal({ env: {}, packageFrom }, { ...KIND, pins: {} });
    expect(unpinned).toMatchObject({
      message: expect.stringContaining(`no server for ${PLATFORM}`) as string,
    });
    expect(unpinned).toMatchObject({ message: expect.stringMatching(ways) as string });
  });
});

describe('compareVersions', () => {
  it.each([
    ['2.12.0', '2.12.0', 0],
    ['2.9.10', '2.12.0', -1],
    ['2.12.10', '2.12.9', 1],
    ['3.0.0', '2.99.99', 1],
  ])('%s to %s: %i', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });
});
