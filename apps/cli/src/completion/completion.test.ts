import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';

const scriptOf = async (shell: string): Promise<string> => (await runFake(['completion', shell])).out;

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

const run = (shell: string, args: readonly string[], input: string): string => {
  const { status, stdout, stderr } = spawnSync(shell, args, { input, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
};

const fileWith = async (shell: string): Promise<string> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, `precedent.${shell}`);
  writeFileSync(file, await scriptOf(shell));
  return file;
};

/** What bash offers for the last of these words. */
const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
  const list = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; compopt() { :; }; _precedent; printf '%s\n' "\${COMPREPLY[@]}"`;
  const text = run('bash', ['--norc'], `${await scriptOf('bash')}\n${ask}\n`);
  return text.split('\n').filter((word) => word !== '');
};

describe('the completion of bash', () => {
  it('offers commands, those of a group, flags and their values', async () => {
    expect(await offered('precedent', 'st')).toEqual(['status']);
    expect(await offered('precedent', 'history', '')).toContain('rebuild');
    expect(await offered('precedent', 'list', '--la')).toEqual(['--label']);
    expect(await offered('precedent', 'submit', '--band', 'h')).toEqual(['high']);
    expect(await offered('precedent', 'watch', '--event', 'pre')).toEqual(['preempting', 'preempted']);
    expect(await offered('precedent', 'completion', '')).toEqual(
      expect.arrayContaining(['bash', 'zsh', 'fish']),
    );
    expect(await offered('precedent', '-u', 'nats://x', 'why', '--js')).toEqual(['--json']);
  });

  it("leaves another program's command line alone", async () => {
    expect(await offered('precedent', 'run', '--', 'st')).toEqual([]);
    expect(await offered('precedent', 'list', '--project', '')).toEqual([]);
  });
});

describe('the completion of zsh', () => {
  it.skipIf(!has('zsh'))('is a script that zsh reads, and that registers itself', async () => {
    const file = await fileWith('zsh');
    run('zsh', ['-f', '-n', file], '');
    const load = `autoload -U compinit && compinit -D -u; source ${file}; print $_comps[precedent]`;
    expect(run('zsh', ['-f', '-c', load], '')).toBe('_precedent\n');
  });

  it('offers what bash offers, with descriptions', async () => {
    const script = await scriptOf('zsh');
    expect(script).toContain("'list:list tasks");
    expect(script).toMatch(/" submit --band"\) compadd -- low normal high critical/);
  });
});

describe('the completion of fish', () => {
  it.skipIf(!has('fish'))('offers commands, those of a group, flags and their values', async () => {
    const file = await fileWith('fish');
    const offers = (line: string): string =>
      run('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`], '');
    expect(offers('precedent st')).toMatch(/^status\t/);
    expect(offers('precedent history re')).toMatch(/^rebuild\t/);
    expect(offers('precedent submit --band h')).toMatch(/^high\b/);
    expect(offers('precedent list --la')).toMatch(/^--label\t/);
  });
});
