import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** File path → text; anything but a text is written as JSON. */
export type Tree = Readonly<Record<string, unknown>>;

/** Writes the tree to a folder of its own, hands that to `use`, and leaves nothing behind. */
export const withTree = <T>(tree: Tree, use: (root: string) => T): T => {
  const root = plant(tree);
  try {
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

/** The same for a `use` that takes its time. */
export const withFolder = async <T>(tree: Tree, use: (root: string) => Promise<T>): Promise<T> => {
  const root = plant(tree);
  try {
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

const plant = (tree: Tree): string => {
  const root = mkdtempSync(path.join(tmpdir(), 'precedent-tools-'));
  for (const [file, content] of Object.entries(tree)) write(path.join(root, file), content);
  return root;
};

const write = (file: string, content: unknown): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
};

/** A root that knows the usual workspaces. */
export const rootManifest = (devDependencies: Readonly<Record<string, string>> = {}): Tree => ({
  'package.json': { name: 'root', workspaces: ['libs/*', 'test', 'tools'], devDependencies },
});

/** The manifest of a package with these tags and dependencies. */
export const manifest = (name: string, tags: readonly string[], dependencies: readonly string[] = []) => ({
  name,
  dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '*'])),
  nx: { tags },
});
