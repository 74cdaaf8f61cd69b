import { fileURLToPath } from 'node:url';

/** Makes node read the packages of the workspace as TypeScript. */
export const SOURCE_CONDITION = '--conditions=precedent:source';

/** The folder above `dist` when this runs from a bundle. A bundled command line starts bundled programs; one that runs from its sources starts theirs. */
const [, bundleRoot] = /^(.*\/)dist\/cli\/(?:parts\/)?[^/]+\.mjs$/.exec(import.meta.url) ?? [];

/** The absolute path of a file, given relative to the root: of the repository, or of the installed package. */
export const fromRoot = (relative: string): string =>
  fileURLToPath(new URL(relative, bundleRoot ?? new URL('../../../', import.meta.url)));

/** The programs of this repository that `up` starts. */
export type ProgramName = 'engine' | 'history' | 'worker' | 'vectorizer' | 'gateway';

/** The arguments of node that start one of them. */
export const programArgs = (app: ProgramName): readonly string[] =>
  bundleRoot ? [fromRoot(`dist/${app}/main.mjs`)] : [SOURCE_CONDITION, fromRoot(`apps/${app}/src/main.ts`)];
