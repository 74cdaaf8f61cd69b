import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './command.ts';
import type { Tree } from './temp-tree.ts';
import { withTree } from './temp-tree.ts';
import { readWorkspace } from './workspace.ts';

const CONFIG = ['.oxlintrc.json', '.oxfmtrc.json', 'tsconfig.json', 'tsconfig.base.json'];

/** Runs a program of this repository over a small tree, with this repository's configuration. */
const run = (tree: Tree, program: string, ...args: readonly string[]) => {
  const config = CONFIG.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]);
  return withTree({ ...Object.fromEntries(config), ...tree }, (root) => {
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
    const bin = path.join(ROOT, 'node_modules/.bin', program);
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
      cwd: root,
      encoding: 'utf8',
    });
    return { failed: status !== 0, output: stdout + stderr };
  });
};

/** `file: rule` for all that the linter finds in the tree. */
const lint = (tree: Tree): Set<string> => {
  const { output } = run(tree, 'oxlint', '--type-aware', '--deny-warnings', '-f', 'unix');
  const found = output.matchAll(/^([^:]+):.*\[\w+\/[\w-]+\(([\w-]+)\)\]$/gm);
  return new Set([...found].map(([, file, rule]) => `${file}: ${rule}`));
};

type Trial = readonly [rule: string, code: string];

/** Lints all trials of one folder in one go, and tells of each whether its rule was found. */
const lintAll = (folder: string, trials: readonly Trial[], suffix = '.ts'): ((trial: Trial) => boolean) => {
  const fileOf = (trial: Trial): string => `${folder}/trial-${trials.indexOf(trial)}${suffix}`;
  const found = lint(Object.fromEntries(trials.map((trial) => [fileOf(trial), trial[1]])));
  return (trial) => found.has(`${fileOf(trial)}: ${trial[0]}`);
};

const EVERYWHERE: readonly Trial[] = [
  ['no-explicit-any', 'export const f = (x: any) => x;'],
  ['no-non-null-assertion', 'export const f = (x?: string) => x!.length;'],
  ['no-floating-promises', 'const f = async () => 1;\nf();\nexport {};'],
  [
    'switch-exhaustiveness-check',
    "export const f = (x: 'a' | 'b') => {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n};",
  ],
  ['consistent-type-imports', "import { Server } from 'node:http';\nexport type S = Server;"],
  ['no-default-export', 'export default 1;'],
  ['max-params', 'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];'],
  ['max-depth', `export const f = (x: number) => {${'if (x) {'.repeat(4)}x++;${'}'.repeat(5)};`],
  ['max-lines', `export const x = [\n${'1,\n'.repeat(400)}];`],
  ['max-lines-per-function', `export const f = () => [\n${'1,\n'.repeat(60)}];`],
  ['no-unused-vars', 'const x = 1;\nexport {};'],
  ['no-console', "console.log('x');"],
];

const CORE: readonly Trial[] = [
  ['no-restricted-properties', 'export const f = () => Date.now();'],
  ['no-restricted-properties', 'export const f = () => Math.random();'],
  ['no-restricted-globals', 'export const f = () => setTimeout(() => {}, 1);'],
  ['no-restricted-globals', 'export const f = () => setInterval(() => {}, 1);'],
  ['no-restricted-globals', 'export const f = () => setImmediate(() => {});'],
  ['no-restricted-globals', "export const f = () => fetch('x');"],
  ['no-restricted-globals', 'export const f = () => process.pid;'],
  ['no-restricted-globals', "export const f = () => console.log('x');"],
  ['no-restricted-globals', 'export const f = () => globalThis.setTimeout(() => {}, 1);'],
  ['no-restricted-imports', "export { readFileSync } from 'node:fs';"],
];

const SLEEPS: readonly Trial[] = [
  ['no-restricted-globals', 'export const f = () => setTimeout(() => {}, 1_000);'],
  ['no-restricted-imports', "export { setTimeout } from 'node:timers/promises';"],
];

describe('the linter', () => {
  it('finds each fault in a library', () => {
    const isFound = lintAll('libs/nats/src', EVERYWHERE);
    expect(EVERYWHERE.filter((trial) => !isFound(trial))).toEqual([]);
  });

  it('finds a cycle across files', () => {
    const found = lint({
      'libs/nats/src/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
      'libs/nats/src/b.ts': "import { c } from './c.ts';\nexport const b = () => c;",
      'libs/nats/src/c.ts': "import { b } from './b.ts';\nexport const c = () => b;",
    });
    expect([...found].toSorted()).toEqual(['libs/nats/src/b.ts: no-cycle', 'libs/nats/src/c.ts: no-cycle']);
  });

  it('keeps the core pure, and only the core', () => {
    const isFound = lintAll('libs/tasks/src', CORE);
    expect(CORE.filter((trial) => !isFound(trial))).toEqual([]);
    expect(CORE.filter(lintAll('libs/nats/src', CORE))).toEqual([]);
  });

  it('knows every package of the core', () => {
    const core = readWorkspace(ROOT).packages.filter(({ layers }) => /kernel|domain/.test(layers.join()));
    const files = core.map(({ dir }) => `${dir}/src/a.ts`);
    const found = lint(Object.fromEntries(files.map((file) => [file, 'export const f = () => Date.now();'])));
    expect([...found].toSorted()).toEqual(files.map((file) => `${file}: no-restricted-properties`));
  });

  it('lets no test sleep; a benchmark may', () => {
    expect(SLEEPS.filter(lintAll('libs/tasks/src', SLEEPS, '.test.ts'))).toEqual(SLEEPS);
    expect(SLEEPS.filter(lintAll('test/src/integration', SLEEPS))).toEqual(SLEEPS);
    expect(SLEEPS.filter(lintAll('test/src/bench', SLEEPS))).toEqual([]);
  });

  it('lets tests be long, and configuration files export a default', () => {
    const long = `export const f = () => [\n${'1,\n'.repeat(60)}];`;
    expect(lint({ 'libs/tasks/src/a.test.ts': long, 'vitest.config.ts': 'export default {};' }).size).toBe(0);
  });
});

describe('the format check', () => {
  it('refuses double quotes and long lines, and leaves the lockfile alone', () => {
    expect(run({ 'libs/a/src/a.ts': 'export const x = "a";\n' }, 'oxfmt', '--check').output).toContain(
      'libs/a/src/a.ts',
    );
    const line = `export const x = [${"'abcdefgh', ".repeat(10)}];\n`;
    expect(run({ 'libs/a/src/a.ts': line }, 'oxfmt', '--check').failed).toBe(true);
    expect(run({ 'package-lock.json': '{"a":\n1}' }, 'oxfmt', '--check').failed).toBe(false);
  });
});

describe('the type check', () => {
  it('refuses what is not erasable, and an index that may be missing', () => {
    const tree = { 'libs/a/src/a.ts': 'export enum A {}\nexport const f = (x: string[]): string => x[0];\n' };
    const { failed, output } = run(tree, 'tsc', '--noEmit', '-p', 'tsconfig.json');
    expect(failed).toBe(true);
    expect(output).toMatch(/TS1294[^]*TS2322/);
  });
});
