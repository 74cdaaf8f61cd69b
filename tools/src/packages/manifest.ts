import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The fields of a `package.json` that packing reads. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly main?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

/** Package name → version. */
export type Versions = Readonly<Record<string, string>>;

export const readManifest = (dir: string): Manifest =>
  JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')) as Manifest;

/**
 * The manifest of a published package: name and description are those of its workspace, and what holds for all packages (version,
 * licence, versions of Node) those of the root.
 */
export const publishedManifest = (
  root: Manifest,
  { name, description, keywords }: Manifest,
  fields: Readonly<Record<string, unknown>>,
): string => {
  const { version, license, engines } = root;
  const common = { name, version, description, keywords, license, type: 'module', engines };
  return `${JSON.stringify({ ...common, ...fields }, null, 2)}\n`;
};

/** The versions of packages, as the workspaces state them. Throws for a package that none of them has. */
export const versionsOf = (names: readonly string[], workspaces: readonly Manifest[]): Versions => {
  const stated = Object.assign({}, ...workspaces.map(({ dependencies }) => dependencies)) as Versions;
  const entries = names.toSorted().map((name) => [name, stated[name]] as const);
  for (const [name, version] of entries)
    if (version === undefined || version === '*')
      throw new Error(`${name}: a published package needs it, and no workspace states a version of it`);
  return Object.fromEntries(entries) as Versions;
};
