import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A folder with these files, removed at the end. A test may write more. */
export const aFolder = (files: Readonly<Record<string, string>> = {}) => {
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'precedent-ingest-')));
  const write = (name: string, text = name): void => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    root,
    write,
    remove: (name: string) => rmSync(path.join(root, name), { recursive: true }),
    /** Without the folder in front, sorted. */
    names: (paths: Iterable<string>) => [...paths].map((one) => path.relative(root, one)).sort(),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
};
