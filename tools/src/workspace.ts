import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** One source file and what it imports, exactly as written, type imports and `import()` included. */
export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly imports: readonly string[];
}

export interface WorkspacePackage {
  readonly name: string;
  /** Relative to the root. */
  readonly dir: string;
  /** The `layer:` tags, without the prefix. There should be exactly one. */
  readonly layers: readonly string[];
  readonly dependencies: readonly string[];
  readonly sources: readonly Source[];
}

export interface Workspace {
  readonly root: string;
  readonly packages: readonly WorkspacePackage[];
  /** What the root offers to tests and tools. */
  readonly devDependencies: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
}

/**
 * Every package with its imports, read from the files themselves. The Nx project graph would say the same, but it is
 * cached, and a check over a stale graph is silent.
 */
export const readWorkspace = (root: string): Workspace => {
  const manifest = readManifest(root);
  const dirs = (manifest.workspaces ?? []).flatMap((pattern) => globSync(pattern, { cwd: root }));
  const packages = dirs
    .filter((dir) => existsSync(path.join(root, dir, 'package.json')))
    .toSorted()
    .map((dir) => readPackage(root, dir));
  return { root, packages, devDependencies: Object.keys(manifest.devDependencies ?? {}) };
};

const readManifest = (dir: string): Manifest =>
  JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')) as Manifest;

const readPackage = (root: string, dir: string): WorkspacePackage => {
  const manifest = readManifest(path.join(root, dir));
  const layers = (manifest.nx?.tags ?? []).filter((tag) => tag.startsWith('layer:'));
  return {
    name: manifest.name,
    dir,
    layers: layers.map((tag) => tag.slice('layer:'.length)),
    dependencies: Object.keys(manifest.dependencies ?? {}),
    sources: sourceFiles(path.join(root, dir)).map((file) => readSource(root, path.posix.join(dir, file))),
  };
};

const sourceFiles = (dir: string): string[] =>
  globSync('**/*.{ts,tsx,mts,js,mjs}', {
    cwd: dir,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  }).toSorted();

const readSource = (root: string, file: string): Source => {
  const { importedFiles } = ts.preProcessFile(readFileSync(path.join(root, file), 'utf8'), true, false);
  return { path: file, imports: importedFiles.map(({ fileName }) => fileName) };
};

/** `@scope/name/entry` → `@scope/name`; `undefined` for relative paths and Node's own modules. */
export const packageOf = (specifier: string): string | undefined => {
  if (/^[./]|^node:/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
};

/** Tests and their generators: they may use what the root installs, and no product code imports them. */
export const isTest = (file: string): boolean => /\.(test|arbitraries)\.ts$/.test(file);

/** Where a relative import points, relative to the root. */
export const resolveRelative = (from: Source, specifier: string): string =>
  path.posix.join(path.posix.dirname(from.path), specifier);
