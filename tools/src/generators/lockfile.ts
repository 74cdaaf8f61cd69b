import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Lockfile {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * The lockfile without what npm would act upon wrongly. `engines` of a dependency is compared with the Node that runs npm, but everything
 * runs on the Node 24 of the lockfile: that were dozens of false warnings. Without `hasInstallScript` no npm runs install scripts of
 * dependencies, not even one that does not know `allowScripts`: none is needed, and one of them downloads 300 MB.
 */
export const lockfileText = (root: string): string => {
  const lockfile = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  const packages = Object.entries(lockfile.packages).map(([where, one]) => {
    const { engines: _, hasInstallScript: __, ...rest } = one;
    return [where, where.includes('node_modules/') ? rest : one] as const;
  });
  return `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(packages) }, null, 2)}\n`;
};
