import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RolldownOutput } from 'rolldown';
import { readManifest } from './manifest.ts';

/** The licence texts of all packages of the registry that are part of these bundles, one after the other. */
export const licensesOf = (outputs: readonly RolldownOutput[]): string => {
  const chunks = outputs.flatMap(({ output }) => output).filter((one) => one.type === 'chunk');
  const dirs = new Set(chunks.flatMap(({ moduleIds }) => moduleIds).map(packageDirOf));
  return [...dirs]
    .filter((dir) => dir !== undefined)
    .toSorted()
    .map(licenseOf)
    .join(`\n\n${'-'.repeat(80)}\n\n`);
};

/** `…/node_modules/@scope/name`, of a file in it; `undefined` for a file of this repository. */
const packageDirOf = (file: string): string | undefined =>
  /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

const licenseOf = (dir: string): string => {
  const { name, version, license = 'no licence stated' } = readManifest(dir);
  const texts = globSync('{LICENSE,LICENCE,NOTICE,license}*', { cwd: dir }).map((file) =>
    readFileSync(path.join(dir, file), 'utf8').trim(),
  );
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
};
