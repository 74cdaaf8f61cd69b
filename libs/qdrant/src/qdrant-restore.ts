import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, cutText, isError, messageOf } from '@precedent/kernel';
import type { QdrantAddress } from './qdrant-calls.ts';

/** A snapshot of a large collection is a copy of all its files. Milliseconds. */
export const WHOLE_MS = 600_000;
/** Of the file that a collection is copied to. */
export const COPY_END = '.snapshot';

export const urlOf = ({ url }: QdrantAddress, rest: string): string => url.replace(/\/$/, '') + rest;

export const headersOf = ({ apiKey }: QdrantAddress): Record<string, string> =>
  apiKey === undefined ? {} : { 'api-key': apiKey };

/** Makes the collections of a folder of copies on a server that has none of them. Rejects with VECTORS_UNAVAILABLE. */
export const restoreCollections = async (
  address: QdrantAddress,
  folder: string,
): Promise<readonly string[]> => {
  const names = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(COPY_END));
  for (const file of names) await upload(address, path.basename(file, COPY_END), path.join(folder, file));
  return names.map((file) => path.basename(file, COPY_END));
};

const upload = async (address: QdrantAddress, collection: string, file: string): Promise<void> => {
  const body = new FormData();
  body.append('snapshot', await openAsBlob(file), path.basename(file));
  const doing = `restoring ${collection}`;
  try {
    const answer = await fetch(
      urlOf(address, `/collections/${collection}/snapshots/upload?priority=snapshot&wait=true`),
      { method: 'POST', headers: headersOf(address), body, signal: AbortSignal.timeout(WHOLE_MS) },
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
