import { existsSync, readFileSync } from 'node:fs';

const versionAbove = (folder: URL): string => {
  const file = new URL('package.json', folder);
  const { version } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { version?: string })
    : { version: undefined };
  const above = new URL('..', folder);
  return version ?? (above.href === folder.href ? 'unknown' : versionAbove(above));
};

/** What the nearest `package.json` above states that has a version: of this repository the root's, else that of the installed package. */
export const VERSION = versionAbove(new URL('.', import.meta.url));
