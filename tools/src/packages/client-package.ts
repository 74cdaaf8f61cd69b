import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import type { InputOptions, OutputOptions, RolldownOutput } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { ROOT } from '../command.ts';
import { packageOf } from '../workspace.ts';
import { publishedManifest, readManifest, versionsOf } from './manifest.ts';

const SOURCE = path.join(ROOT, 'libs/client');

/** They export the same, and differ in how `connect` reaches the server. */
const NODE = path.join(SOURCE, 'src/index.ts');
const BROWSER = path.join(SOURCE, 'src/browser.ts');
/** The program of the threads and processes of isolated handlers; the same for ESM and CommonJS. */
const GUEST = path.join(SOURCE, 'src/worker/isolation/guest.ts');
/** The thread that reports for a blocked worker. */
const WATCHDOG = path.join(SOURCE, 'src/worker/watchdog/watchdog-thread.ts');

/**
 * Writes what `@precedent/client` publishes into a folder: JavaScript for ESM, CommonJS and browsers, with types for each. What comes
 * from this repository is inside; everything else is a dependency.
 */
export const buildClientPackage = async (dir: string): Promise<void> => {
  rmSync(dir, { recursive: true, force: true });
  const dist = path.join(dir, 'dist');
  mkdirSync(dist, { recursive: true });
  const entries = { index: NODE, browser: BROWSER, guest: GUEST, watchdog: WATCHDOG };
  const outputs = [
    await write(CODE, entries, { dir: dist, format: 'esm', ...named('mjs') }),
    await write(COMMONJS, { index: NODE }, { dir: dist, format: 'cjs', ...named('cjs') }),
    await write(TYPES, { index: NODE }, { dir: dist, format: 'esm', banner: NEEDED_LIB, ...named('mjs') }),
  ];
  // The same types under both names: the extension tells TypeScript which of the two `require` gets.
  cpSync(path.join(dist, 'index.d.mts'), path.join(dist, 'index.d.cts'));
  writeFileSync(path.join(dir, 'package.json'), manifestText(outputs));
  cpSync(path.join(SOURCE, 'README.md'), path.join(dir, 'README.md'));
  cpSync(path.join(ROOT, 'LICENSE'), path.join(dir, 'LICENSE'));
};

const named = (extension: string) => ({
  entryFileNames: `[name].${extension}`,
  chunkFileNames: `[name]-[hash].${extension}`,
});

const COMMON: InputOptions = {
  resolve: { conditionNames: ['precedent:source', 'types', 'import', 'default'] },
  // It would name files of this repository.
  experimental: { attachDebugInfo: 'none' },
  checks: { pluginTimings: false },
  logLevel: 'warn',
};

const isForeign = (id: string): boolean => isOfNode(id) || isOfRegistry(id);

const isOfNode = (id: string): boolean => id.startsWith('node:');

/** Packages of the registry. Those of this repository are bundled. */
const isOfRegistry = (id: string): boolean =>
  packageOf(id) !== undefined && !path.isAbsolute(id) && !id.startsWith('@precedent/');

const CODE: InputOptions = {
  ...COMMON,
  external: isForeign,
  platform: 'neutral',
  transform: { target: 'node20' },
};

/** The place of a module is known by another name there, which is Node's. */
const COMMONJS: InputOptions = { ...CODE, platform: 'node' };

/** With the types of a NATS connection inside: those of its packages as a whole do not pass every strict check. */
const TYPES: InputOptions = {
  ...COMMON,
  external: (id) => isForeign(id) && !id.startsWith('@nats-io/'),
  plugins: [dts({ emitDtsOnly: true, tsconfig: path.join(SOURCE, 'tsconfig.package.json') })],
};

/** Connections can be disposed of, and not every project has the symbol for it. */
const NEEDED_LIB = '/// <reference lib="esnext.disposable" />';

const write = async (
  options: InputOptions,
  input: Readonly<Record<string, string>>,
  output: OutputOptions,
): Promise<RolldownOutput> => {
  await using build = await rolldown({ ...options, input });
  return await build.write(output);
};

const manifestText = (outputs: readonly RolldownOutput[]): string => {
  const workspaces = globSync('libs/*', { cwd: ROOT }).map((one) => readManifest(path.join(ROOT, one)));
  return publishedManifest(readManifest(ROOT), readManifest(SOURCE), {
    sideEffects: false,
    files: ['dist'],
    main: './dist/index.cjs',
    module: './dist/index.mjs',
    types: './dist/index.d.cts',
    exports: {
      '.': {
        browser: { types: './dist/index.d.mts', default: './dist/browser.mjs' },
        import: { types: './dist/index.d.mts', default: './dist/index.mjs' },
        require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
      },
      './package.json': './package.json',
    },
    dependencies: versionsOf(importedBy(outputs), workspaces),
  });
};

/** The packages that code and types import. */
const importedBy = (outputs: readonly RolldownOutput[]): string[] => {
  const chunks = outputs.flatMap(({ output }) => output).filter((one) => one.type === 'chunk');
  const files = new Set(chunks.map(({ fileName }) => fileName));
  const names = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  return [
    ...new Set(
      names.filter((name) => !files.has(name) && !isOfNode(name)).map((name) => packageOf(name) ?? name),
    ),
  ];
};
