import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

  it.each([
    { system: 'Linux', way: 'run npm install, which brings one' },
    { system: 'Darwin', way: 'install one: npm brings one for Linux only' },
  ])('says on $system how to come by a Node that is new enough', ({ system, way }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'precedent-bin-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(path.dirname(LAUNCHER), path.join(folder, 'apps/cli/bin'), { recursive: true });
    const program = (name: string, prints: string): void =>
      writeFileSync(path.join(folder, name), `#!/bin/sh\necho ${prints}\n`, { mode: 0o755 });
    program('node', '20');
    program('uname', system);
    const { stderr, status } = spawnSync(path.join(folder, 'apps/cli/bin/precedent'), ['version'], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    expect(status).toBe(69);
    expect(stderr).toContain(`error BINARY_MISSING: precedent needs Node 24 or newer; ${way}`);
  });

  it('ends without a word and with 141 when its reader goes away', () => {
    // A reader that never reads is gone before the first word.
    const script = `{ "${LAUNCHER}" config; echo $? >&3; } | head -n 1; { "${LAUNCHER}" help list; echo $? >&3; } | exec 0<&-`;
    const { stdout, stderr, output } = spawnSync('/bin/sh', ['-c', script], {
      cwd: tmpdir(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    expect(stdout).toMatch(/^KEY/);
    expect(stderr).toBe('');
    expect(output[3]).toMatch(/141\n$/);
  });

  it.each([
    { how: 'is ignored', trap: "trap '' HUP; ", expected: '1' },
    { how: 'is not ignored', trap: '', expected: '' },
  ])('tells the program whether a closed terminal $how', ({ trap, expected }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'precedent-bin-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // Read before anything else that the program does.
    const probe = path.join(folder, 'probe.mjs');
    writeFileSync(probe, "process.stdout.write(process.env['PRECEDENT_NOHUP'] ?? ''); process.exit(0);");
    const { stdout } = spawnSync('/bin/sh', ['-c', `${trap}exec "${LAUNCHER}" version`], {
      env: { PATH: '/usr/bin:/bin', NODE_OPTIONS: `--import=${probe}`, PRECEDENT_NOHUP: 'inherited' },
      encoding: 'utf8',
    });
    expect(stdout).toBe(expected);
  });
});
