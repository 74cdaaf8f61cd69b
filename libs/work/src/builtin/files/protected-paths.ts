import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/** Tells which paths belong to Precedent itself. All paths are absolute and real. */
export interface ProtectedPaths {
  /** Whether a task must not touch this path: it is, or lies in, something of ours. */
  covers(real: string): Promise<boolean>;
  /** The same for what stands directly in a folder that is not covered itself. */
  coversIn(folder: string): Promise<(name: string, isFolder: boolean) => boolean>;
}

/** The file that marks a data folder. */
const DATA_LABEL = 'precedent.json';
/** The configuration of any instance: it may hold credentials. */
const CONFIGURATION = 'precedent.yaml';
/** A backup, and one that is being written. */
const BACKUP = /^(backup-\d{4}-\d\d-\d\dT[\d.-]+Z|\.backup-.+)$/;

/**
 * Protects the named files and folders, and those that can be recognised as ours, also of another instance on this machine: a data folder
 * by its label, a backup and a configuration file by their names.
 */
export const protectedPaths = (named: readonly string[]): ProtectedPaths => {
  const realNamed = () => Promise.all(named.map((path) => realpath(path).catch(() => path)));
  return {
    covers: async (real) => {
      const isNamed = (await realNamed()).some((path) => isWithin(real, path));
      return isNamed || real.split(sep).some(hasOurName) || foldersOf(real).some(isDataFolder);
    },
    coversIn: async (folder) => {
      const ours = new Set(await realNamed());
      return (name, isFolder) => {
        const path = join(folder, name);
        return hasOurName(name) || ours.has(path) || (isFolder && isDataFolder(path));
      };
    },
  };
};

const hasOurName = (name: string): boolean => name === CONFIGURATION || BACKUP.test(name);

/** Whether a path is a folder or lies in it. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The path itself, which may be a folder, and all folders above it. */
const foldersOf = (path: string): string[] => {
  const above = dirname(path);
  return above === path ? [path] : [path, ...foldersOf(above)];
};

const isDataFolder = (folder: string): boolean => existsSync(join(folder, DATA_LABEL));
