import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VERSION } from '@precedent/processes';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-init-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

describe('precedent init', () => {
  it('writes a project, named after its folder, that depends on the packages at the version of this program', async () => {
    const cwd = newFolder();
    const { exit, out, err } = await runFake(['init', 'My Worker!'], { cwd });
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain("Next: cd 'My Worker!' && npm install && npm run up");
    const manifest = JSON.parse(readFileSync(path.join(cwd, 'My Worker!/package.json'), 'utf8')) as unknown;
    expect(manifest).toMatchObject({
      name: 'my-worker',
      dependencies: { '@precedent/client': VERSION },
      devDependencies: { '@precedent/cli': VERSION },
    });
  });

  it('lists the files that it wrote as JSON', async () => {
    const cwd = newFolder();
    const { out } = await runFake(['init', '--json'], { cwd });
    const { folder, files } = JSON.parse(out) as { folder: string; files: string[] };
    expect(folder).toBe(cwd);
    expect(files).toContain('src/worker.ts');
  });

  it('overwrites nothing, and writes nothing where a file of it is there already', async () => {
    const cwd = newFolder();
    writeFileSync(path.join(cwd, 'package.json'), '{}');
    const { exit, err } = await runFake(['init'], { cwd });
    expect(exit).toBe(65);
    expect(err).toContain('has package.json already');
    expect(readFileSync(path.join(cwd, 'package.json'), 'utf8')).toBe('{}');
    expect((await runFake(['init', '--json'], { cwd: newFolder() })).exit).toBe(0);
  });
});
