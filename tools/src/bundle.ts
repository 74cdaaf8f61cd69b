import { rmSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import type { RolldownBuild, RolldownOutput } from 'rolldown';
import { ROOT } from './command.ts';

const APPS = ['cli', 'engine', 'history', 'vectorizer', 'worker'];

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
 * The engine loads what delivers spans, and the worker what reaches Qdrant, only where that is configured, so it stays in files
 * of its own: in the same file, what it imports of node would be loaded with the program, and cost 3 MB or most of a second.
 */
const bundle = async (app: string, dir: string): Promise<RolldownOutput> => {
  rmSync(dir, { recursive: true, force: true });
  const file = path.join(dir, 'main.mjs');
  const parts = { dir, entryFileNames: 'main.mjs', chunkFileNames: 'parts/[name]-[hash].mjs' };
  await using build = await buildOf(app, 'main.ts');
  return await build.write({ format: 'esm', ...(app !== 'cli' ? parts : { file, codeSplitting: false }) });
};

/** The threads of the worker have a program of their own, in one file: it loads nothing of what the worker is. */
const bundleThread = async (dir: string): Promise<RolldownOutput> => {
  await using build = await buildOf('worker', 'thread.ts');
  return await build.write({ format: 'esm', file: path.join(dir, 'thread.mjs'), codeSplitting: false });
};

const buildOf = (app: string, source: string): Promise<RolldownBuild> =>
  rolldown({
    input: path.join(ROOT, `apps/${app}/src/${source}`),
    platform: 'node',
    resolve: { conditionNames: ['precedent:source', 'node', 'import', 'default'] },
    // It would name files of this repository.
    experimental: { attachDebugInfo: 'none' },
    logLevel: 'warn',
  });

if (import.meta.main) await bundlePrograms(path.join(ROOT, 'dist'));
