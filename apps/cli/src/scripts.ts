import { fileURLToPath } from 'node:url';

/** Makes node read the packages of the workspace as TypeScript. */
export const SOURCE_CONDITION = '--conditions=precedent:source';

/** The absolute path of a script, given relative to this folder. */
export const scriptPath = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
