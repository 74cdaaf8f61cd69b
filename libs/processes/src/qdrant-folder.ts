import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { endOrphan } from './orphan.ts';

/** The files of the Qdrant that `precedent up` starts, within a data folder. */
export interface QdrantFolder {
  readonly dir: string;
  readonly config: string;
  /** File of the API key that clients need. */
  readonly apiKey: string;
  readonly storage: string;
  readonly snapshots: string;
  readonly temporary: string;
  readonly log: string;
  readonly pid: string;
}

export const qdrantFolder = (dataDir: string): QdrantFolder => {
  const dir = path.resolve(dataDir, 'qdrant');
  return {
    dir,
    config: path.join(dir, 'qdrant.yaml'),
    apiKey: path.join(dir, 'api-key'),
    storage: path.join(dir, 'storage'),
    snapshots: path.join(dir, 'snapshots'),
    temporary: path.join(dir, 'temporary'),
    log: path.join(dir, 'qdrant.log'),
    pid: path.join(dir, 'qdrant.pid'),
  };
};

/** Makes the folder ready for a start with this configuration. The log of the last run is kept under another name. */
export const prepareQdrantFolder = (folder: QdrantFolder, config: string): void => {
  mkdirSync(folder.dir, { recursive: true });
  if (statSync(folder.log, { throwIfNoEntry: false })) renameSync(folder.log, `${folder.log}.1`);
  rmSync(folder.config, { force: true });
  // The configuration may hold a key: readable by the owner only.
  writeFileSync(folder.config, config, { mode: 0o600 });
};

/** Ends an orphaned Qdrant of an earlier run on this data folder, and returns its process id. */
export const endOrphanedQdrant = (dataDir: string): Promise<number | undefined> =>
  endOrphan(qdrantFolder(dataDir));
