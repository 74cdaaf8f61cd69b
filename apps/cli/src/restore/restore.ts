import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encryptionKeyOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import type { BackupManifest } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { connectNats, restoreStreams } from '@precedent/nats';
import {
  VERSION,
  findNatsServer,
  findQdrantServer,
  lockDataDir,
  qdrantApiKey,
  startNatsServer,
  startQdrantServer,
} from '@precedent/processes';
import { restoreCollections } from '@precedent/qdrant';
import { checkedManifest } from './manifest.ts';

export interface RestoreOptions {
  /** A backup. */
  readonly folder: string;
  /** Must be empty, or not there. */
  readonly dataDir: string;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onNote: (text: string) => void;
}

/**
 * Makes a data folder of a backup. It has its name when it is whole: what is cut off leaves nothing under it. Throws INVALID_REQUEST for a
 * folder that is in use and for a backup that is not what was written.
 */
export const restore = async (options: RestoreOptions): Promise<BackupManifest> => {
  const { folder, dataDir, onNote } = options;
  await refuseUsed(dataDir);
  onNote('checking the backup');
  const manifest = await checkedManifest(folder);
  const staging = `${dataDir}.restoring`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  try {
    const lock = await lockDataDir(staging, { version: VERSION });
    try {
      for (const step of [history, vectors, streams, origin])
        await step({ ...options, dataDir: staging }, manifest);
    } finally {
      lock.release();
    }
    await refuseUsed(dataDir);
    await rm(dataDir, { recursive: true, force: true });
    await rename(staging, dataDir);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
  return manifest;
};

const refuseUsed = async (dataDir: string): Promise<void> => {
  const names = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new AppError('INVALID_REQUEST', `--data is ${dataDir}: ${error.message}`, { cause: error });
  });
  if (names.length > 0)
    throw new AppError(
      'INVALID_REQUEST',
      `--data is ${dataDir}, which holds ${names.slice(0, 3).join(', ')}; an empty folder is expected`,
    );
};

/** Folders of the parts of one store. */
const placesOf = ({ parts }: BackupManifest, store: string): readonly string[] =>
  parts
    .filter(({ place, files }) => place.startsWith(`${store}/`) && files.length > 0)
    .map(({ place }) => place);

const history = async (
  { folder, dataDir, onNote }: RestoreOptions,
  manifest: BackupManifest,
): Promise<void> => {
  for (const place of placesOf(manifest, 'history')) {
    onNote('the history');
    await mkdir(path.join(dataDir, 'history'));
    await copyFile(path.join(folder, place, 'history.db'), path.join(dataDir, 'history', 'history.db'));
  }
};

const vectors = async (
  { folder, dataDir, config, env, onNote }: RestoreOptions,
  manifest: BackupManifest,
): Promise<void> => {
  const places = placesOf(manifest, 'vectors');
  if (places.length === 0) return;
  const { binary } = await findQdrantServer({
    env,
    ...(config.vectorizer.binary !== '' && { path: config.vectorizer.binary }),
  });
  const vectorizerDir = path.join(dataDir, 'vectorizer');
  const apiKey = qdrantApiKey(vectorizerDir);
  const server = await startQdrantServer({ binary, dataDir: vectorizerDir, apiKey });
  try {
    for (const place of places) {
      onNote(`collection ${path.posix.basename(place)}`);
      await restoreCollections({ url: server.url, apiKey }, path.join(folder, place));
    }
  } finally {
    await server.stop();
  }
};

/** The task that made the backup runs in it: it is to find that it has made it, and make no other one. */
const origin = async ({ folder, dataDir }: RestoreOptions, manifest: BackupManifest): Promise<void> => {
  const backups = path.join(dataDir, 'backups');
  await mkdir(backups, { mode: 0o700 });
  await writeFile(path.join(backups, 'restored.json'), JSON.stringify({ folder, manifest }));
};

const streams = async (
  { folder, dataDir, config, env, onNote }: RestoreOptions,
  manifest: BackupManifest,
): Promise<void> => {
  const { binary } = await findNatsServer({ path: config.nats.binary, env });
  const { maxPayload } = config.nats;
  const encryptionKey = encryptionKeyOf(config);
  const own = { host: '127.0.0.1', port: 0, maxPayload, syncAlways: false, encryptionKey };
  const server = await startNatsServer({ binary, dataDir, ...own });
  try {
    const nc = await connectNats({ url: server.url, name: 'precedent-restore' });
    try {
      for (const place of placesOf(manifest, 'streams')) {
        const names = await restoreStreams(nc, path.join(folder, place));
        onNote(`streams ${names.join(', ')}`);
      }
    } finally {
      await nc.close();
    }
  } finally {
    await server.stop();
  }
};
