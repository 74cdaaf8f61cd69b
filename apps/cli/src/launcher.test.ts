import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const LAUNCHER = path.resolve(import.meta.dirname, '../bin/precedent');

describe('bin/precedent', () => {
  it('finds its node through links, from any folder, whatever node is on PATH', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'precedent-bin-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    symlinkSync(LAUNCHER, path.join(folder, 'one'));
    symlinkSync('one', path.join(folder, 'precedent'));
    const { stdout, stderr, status } = spawnSync(path.join(folder, 'precedent'), ['version', '--json'], {
      cwd: folder,
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect((JSON.parse(stdout) as { node: string }).node).toMatch(/^2[4-9]\./);
  });

  it('ends without a word when its reader goes away', () => {
    const script = `"${LAUNCHER}" config | head -n 1; "${LAUNCHER}" help list | true`;
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { cwd: tmpdir(), encoding: 'utf8' });
    expect(stdout).toMatch(/^KEY/);
    expect(stderr).toBe('');
  });
});
