import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, cutText, isError, messageOf } from '@precedent/kernel';
import type { QdrantAddress } from './qdrant-calls.ts';

/** The time limit for a snapshot, which copies all files of a collection. Milliseconds. */
export const SNAPSHOT_MS_MAX = 600_000;
/** The ending of the file to which a collection is copied. */
export const SNAPSHOT_SUFFIX = '.snapshot';

export const urlOf = ({ url }: QdrantAddress, rest: string): string => url.replace(/\/$/, '') + rest;

export const authHeaders = ({ apiKey }: QdrantAddress): Record<string, string> =>
  apiKey === undefined ? {} : { 'api-key': apiKey };

/** Restores the snapshots of a folder to a server that has none of the collections. Returns their names. Rejects with VECTORS_UNAVAILABLE. */
export const restoreCollections = async (
  address: QdrantAddress,
  folder: string,
): Promise<readonly string[]> => {
  const names = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(SNAPSHOT_SUFFIX));
  for (const file of names)
    await upload(address, path.basename(file, SNAPSHOT_SUFFIX), path.join(folder, file));
  return names.map((file) => path.basename(file, SNAPSHOT_SUFFIX));
};

const upload = async (address: QdrantAddress, collection: string, file: string): Promise<void> => {
  const body = new FormData();
  body.append('snapshot', await openAsBlob(file), path.basename(file));
  const doing = `restoring ${collection}`;
  try {
    const answer = await fetch(
      urlOf(address, `/collections/${collection}/snapshots/upload?priority=snapshot&wait=true`),
      { method: 'POST', headers: authHeaders(address), body, signal: AbortSignal.timeout(SNAPSHOT_MS_MAX) },
    );
    if (!answer.ok) throw new Error(`status ${answer.status}: ${cutText(await answer.text(), 300)}`);
  } catch (error) {
    throw unavailable(doing, error);
  }
};

export const unavailable = (doing: string, why: unknown): AppError =>
  new AppError('VECTORS_UNAVAILABLE', `${doing}: ${messageOf(why)}`, {
    ...(isError(why) && { cause: why }),
  });
