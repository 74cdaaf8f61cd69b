import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './command.ts';
import type { Generator } from './generate.ts';
import { generate, staleFiles } from './generate.ts';
import { errorsPage } from './generators/errors.ts';
import { lifecyclePage } from './generators/lifecycles.ts';
import { lockfileText } from './generators/lockfile.ts';
import { discoverMachines } from './machines/discover.ts';
import { withFolder } from './temp-tree.ts';

const making = (files: Readonly<Record<string, string>>): Generator[] => [
  { owns: 'docs/pages/*.md', make: () => Promise.resolve(files) },
];

describe('generated files', () => {
  it('are fresh once written, and stale once their source has changed', () =>
    withFolder({}, async (root) => {
      const before = making({ 'docs/pages/a.md': '# A\n' });
      expect(await staleFiles(root, before)).toEqual(['docs/pages/a.md: stale; run npm run generate']);
      await generate(root, before);
      expect(await staleFiles(root, before)).toEqual([]);
      expect(await staleFiles(root, making({ 'docs/pages/a.md': '# B\n' }))).toHaveLength(1);
    }));

  it('are stale, and go, when nothing makes them any more', () =>
    withFolder({ 'docs/pages/old.md': '# Old\n' }, async (root) => {
      expect(await staleFiles(root, making({}))).toHaveLength(1);
      await generate(root, making({}));
      expect(existsSync(path.join(root, 'docs/pages/old.md'))).toBe(false);
    }));
});

describe('the lockfile', () => {
  it('says nothing of dependencies that makes npm warn of the wrong Node or run their scripts, and all else', () => {
    const written = {
      packages: {
        '': { engines: { node: '>=20' } },
        'node_modules/a': { version: '1.0.0', engines: { node: '>=22' }, hasInstallScript: true },
      },
    };
    return withFolder({ 'package-lock.json': written }, (root) => {
      expect(JSON.parse(lockfileText(root))).toEqual({
        packages: { '': { engines: { node: '>=20' } }, 'node_modules/a': { version: '1.0.0' } },
      });
      return Promise.resolve();
    });
  });
});

describe('the page of errors', () => {
  it('has a row for each code, with the names of gRPC and bars escaped', () => {
    const row = { http: 404, grpc: 5, exit: 66, retry: 'never', summary: 'a | b', remedy: 'c' } as const;
    expect(errorsPage({ TASK_NOT_FOUND: row })).toContain(
      '| `TASK_NOT_FOUND` | 404 | 5 NOT_FOUND | 66 | never | a \\| b | c |',
    );
  });
});

describe('the page of a machine', () => {
  it('shows where it begins and ends, its ways with their guards, and the notes', async () => {
    const task = (await discoverMachines(ROOT)).find(({ name }) => name === 'task');
    const page = task ? lifecyclePage(task) : '';
    expect(page).toContain('  [*] --> pending\n');
    expect(page).toContain('  completed --> [*]\n');
    expect(page).toContain('  queued --> running: LEASED\n');
    expect(page).toMatch(/^ {2}running --> retrying: FAILED \[\w+\]$/m);
    expect(page).toMatch(/^\| queued \| `LEASED` \| running \| .+ \|$/m);
  });
});
