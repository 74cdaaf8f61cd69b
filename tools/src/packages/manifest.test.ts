import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../command.ts';
import { publishedManifest, readManifest, versionsOf } from './manifest.ts';

describe('publishedManifest', () => {
  it('takes version, licence and versions of Node from the root, and nothing that is only for the workspace', () => {
    const root = { name: 'repository', version: '1.2.3', license: 'MIT', engines: { node: '>=20' } };
    const workspace = { name: '@a/b', version: '9.9.9', private: true, dependencies: { '@a/c': '*' } };
    expect(JSON.parse(publishedManifest(root, workspace, { main: './x.cjs' }))).toEqual({
      name: '@a/b',
      version: '1.2.3',
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20' },
      main: './x.cjs',
    });
  });
});

describe('versionsOf', () => {
  const workspaces = [{ name: 'a', dependencies: { zod: '4.6.7', '@a/b': '*' } }];

  it('finds the version that a workspace states', () => {
    expect(versionsOf(['zod'], workspaces)).toEqual({ zod: '4.6.7' });
  });

  it.each(['yaml', '@a/b', 'node:fs'])('refuses %s, which no client could install', (name) => {
    expect(() => versionsOf([name], workspaces)).toThrow(`${name}: a published package needs it`);
  });
});

it('states the version of the packages at the root, and nowhere else', () => {
  const stated = globSync(['package.json', '{libs,apps}/*/package.json', '{test,tools}/package.json'], {
    cwd: ROOT,
  }).filter((file) => readManifest(path.join(ROOT, path.dirname(file))).version !== undefined);
  expect(stated).toEqual(['package.json']);
});
