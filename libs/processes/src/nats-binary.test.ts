import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compareVersions } from './find-binary.ts';
import type { FindNatsOptions } from './nats-binary.ts';
import { findNatsServer } from './nats-binary.ts';

/** A folder with a program that only answers `--version`. */
const folderWith = (version: string, mode = 0o755): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-path-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeProgram(path.join(folder, 'nats-server'), version, mode);
  return folder;
};

const writeProgram = (file: string, version: string, mode: number): void => {
  writeFileSync(file, `#!/bin/sh\necho nats-server: v${version}\n`);
  chmodSync(file, mode);
};

/** A project without the package, and one with it. */
const emptyProject = (): string => path.join(folderWith('0.0.0'), 'project.js');
const projectWith = (version: string, mode: number): string => {
  const root = folderWith('0.0.0');
  const folder = path.join(
    root,
    'node_modules',
    `@lagz0ne/nats-embedded-${process.platform}-${process.arch}`,
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{}');
  writeProgram(path.join(folder, 'nats-server'), version, mode);
  return path.join(root, 'project.js');
};

const refusal = async (options: FindNatsOptions) => {
  const error: unknown = await findNatsServer(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isAppError(error) ? error.toProblem() : error;
};

describe('findNatsServer', () => {
  it('takes the configured path before PATH', async () => {
    const configured = path.join(folderWith('2.13.1'), 'nats-server');
    const found = await findNatsServer({ path: configured, env: { PATH: folderWith('2.14.0') } });
    expect(found).toEqual({ binary: configured, version: '2.13.1', source: 'configured' });
  });

  it('takes the first one on PATH that is new enough', async () => {
    const [broken, old, good] = [folderWith('2.99.0', 0o644), folderWith('2.11.9'), folderWith('2.12.0')];
    const found = await findNatsServer({ env: { PATH: ['', '/nowhere', broken, old, good].join(':') } });
    expect(found).toEqual({ binary: path.join(good, 'nats-server'), version: '2.12.0', source: 'PATH' });
  });

  it('falls to the package when PATH has only an old one, and makes it executable', async () => {
    const packageFrom = projectWith('2.12.5', 0o644);
    const found = await findNatsServer({ env: { PATH: folderWith('2.9.10') }, packageFrom });
    expect(found).toMatchObject({ version: '2.12.5', source: 'package' });
  });

  it('finds the real one of this repository', async () => {
    expect(await findNatsServer({ env: {} })).toMatchObject({ version: '2.12.5', source: 'package' });
  });

  it('says which server is too old when there is no other', async () => {
    const old = folderWith('2.11.9');
    const problem = await refusal({ env: { PATH: old }, packageFrom: emptyProject() });
    const message = `${old}/nats-server is version 2.11.9; at least 2.12.0 is needed`;
    expect(problem).toEqual({ code: 'SERVER_TOO_OLD', message });
  });

  it('does not replace a configured server that is too old or missing by another', async () => {
    const PATH = folderWith('2.14.0');
    const old = path.join(folderWith('2.10.0'), 'nats-server');
    expect(await refusal({ path: old, env: { PATH } })).toMatchObject({ code: 'SERVER_TOO_OLD' });
    expect(await refusal({ path: '/nowhere', env: { PATH } })).toMatchObject({
      code: 'BINARY_MISSING',
      message: expect.stringMatching(/^\/nowhere is no nats-server program/) as string,
    });
  });

  it('names the three ways to get one when there is none', async () => {
    const problem = await refusal({ env: {}, packageFrom: emptyProject() });
    expect(problem).toMatchObject({
      code: 'BINARY_MISSING',
      message: expect.stringMatching(/nats\.url.*PATH.*npm ci/) as string,
    });
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
