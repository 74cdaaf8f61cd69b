import { fileURLToPath } from 'node:url';

/** Makes node read the packages of the workspace as TypeScript. */
export const SOURCE_CONDITION = '--conditions=precedent:source';

/** The absolute path of a script, given relative to this folder. */
export const scriptPath = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** A bundled command line starts bundled programs; one that runs from its sources starts theirs. */
const isBundled = import.meta.url.endsWith('/dist/main.mjs');

/** The programs of this repository that `up` starts. */
export type ProgramName = 'engine' | 'history' | 'worker' | 'vectorizer';

/** The arguments of node that start one of them. */
export const programArgs = (app: ProgramName): readonly string[] =>
  isBundled
    ? [scriptPath(`../../${app}/dist/main.mjs`)]
    : [SOURCE_CONDITION, scriptPath(`../../${app}/src/main.ts`)];
