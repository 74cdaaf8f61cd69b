import { rmSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import type { Plugin, RolldownBuild, RolldownOutput } from 'rolldown';
import { ROOT } from './command.ts';

const APPS = ['cli', 'engine', 'gateway', 'history', 'vectorizer', 'worker'];

/**
 * Bundles the programs, each into `<program>/main.mjs` of a folder. A bundled engine starts faster and needs some 40 MB less than
 * one that node reads as TypeScript, file by file.
 */
export const bundlePrograms = (dist: string): Promise<readonly RolldownOutput[]> =>
  Promise.all([
    ...APPS.map((app) => bundle(app, path.join(dist, app))),
    bundleThread(path.join(dist, 'worker')),
  ]);

/**
 * What a program loads only where it is configured, or for some commands, stays in files of its own: in the same file, what it imports of
 * node would be loaded with the program, and cost 3 MB or most of a second.
 */
const bundle = async (app: string, dir: string): Promise<RolldownOutput> => {
  rmSync(dir, { recursive: true, force: true });
  await using build = await buildOf(app, 'main.ts');
  return await build.write({
    format: 'esm',
    dir,
    entryFileNames: 'main.mjs',
    chunkFileNames: 'parts/[name]-[hash].mjs',
    codeSplitting: { groups: [PACKAGES], includeDependenciesRecursively: false },
    plugins: [ASCII],
    comments: { jsdoc: false },
  });
};

/**
 * A file for each package that is loaded at the start. V8 parses a file as a whole, and the C library keeps the memory that it took for the
 * largest: 10 MB more for a program in one file.
 */
const PACKAGES = {
  name: (id: string): string | null => packageNameOf(path.relative(ROOT, id)),
  debugName: 'package',
  tags: ['$initial' as const],
};

/** Of a file, by its path. Those of a program stay in its main file. */
const packageNameOf = (file: string): string | null => {
  const [, found] = /(?:^libs|.*node_modules)\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  return found?.replace('/', '-').replace('@', '') ?? null;
};

/**
 * Escapes what is not ASCII, all of it in literals and comments: V8 keeps a text with one such character in twice the memory. It comes
 * last, because rolldown writes the characters themselves when it removes dead code.
 */
const ASCII: Plugin = {
  name: 'ascii',
  generateBundle: (_options, bundle) => {
    for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk') chunk.code = escaped(chunk.code);
  },
};

const escaped = (code: string): string =>
  code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The threads of the worker have a program of their own, in one file: it loads nothing of what the worker is. */
const bundleThread = async (dir: string): Promise<RolldownOutput> => {
  await using build = await buildOf('worker', 'thread.ts');
  return await build.write({
    format: 'esm',
    file: path.join(dir, 'thread.mjs'),
    codeSplitting: false,
    plugins: [ASCII],
  });
};

const buildOf = (app: string, source: string): Promise<RolldownBuild> =>
  rolldown({
    input: path.join(ROOT, `apps/${app}/src/${source}`),
    platform: 'node',
    resolve: { conditionNames: ['precedent:source', 'node', 'import', 'default'] },
    // It would name files of this repository.
    experimental: { attachDebugInfo: 'none' },
    logLevel: 'warn',
    preserveEntrySignatures: false,
  });

if (import.meta.main) await bundlePrograms(path.join(ROOT, 'dist'));
