import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { once } from 'node:events';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { AppError, within } from '@precedent/kernel';
import { textOf } from '../connection/bytes.ts';
import { inboxOf } from '../connection/inbox.ts';
import { natsError } from '../connection/nats-errors.ts';

/** Time between two chunks of a copy, at most. Milliseconds. */
const CHUNK_LIMIT_MS = 30_000;
/** Time for the server to begin or end the copy of a large stream. Milliseconds. */
const API_LIMIT_MS = 120_000;
const CHUNK_BYTES = 128 * 1024;
const DATA = '.stream';
const HEAD = '.json';
/** The part of the answer from which the server restores the stream. */
interface Head {
  readonly config: object;
  readonly state: object;
}

/**
 * Copies a stream with its consumers, in its current state, into two files. Rejects with NATS_UNREACHABLE.
 */
export const saveStream = async (
  nc: NatsConnection,
  name: string,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<void> => {
  const inbox = inboxOf(nc);
  const chunks = nc.subscribe(inbox);
  const file = createWriteStream(path.join(folder, name + DATA), { flags: 'wx' });
  try {
    const request = { deliver_subject: inbox, chunk_size: CHUNK_BYTES };
    const { config, state } = await apiRequest<Head>(
      nc,
      `$JS.API.STREAM.SNAPSHOT.${name}`,
      JSON.stringify(request),
    );
    for await (const chunk of inTime(chunks[Symbol.asyncIterator](), name)) {
      signal.throwIfAborted();
      if (isEnd(chunk, name)) break;
      if (!file.write(chunk.data)) await once(file, 'drain');
      chunk.respond();
    }
    file.end();
    await once(file, 'close');
    await writeFile(path.join(folder, name + HEAD), JSON.stringify({ config, state }), { flag: 'wx' });
  } catch (error) {
    signal.throwIfAborted();
    throw natsError(error, 'NATS_UNREACHABLE', `copying stream ${name}`);
  } finally {
    chunks.unsubscribe();
    file.destroy();
  }
};

/** The last chunk is empty; its status says whether the copy is complete. */
const isEnd = ({ data, headers }: Msg, name: string): boolean => {
  if (data.length > 0) return false;
  if (headers !== undefined && headers.code >= 400)
    throw new AppError('NATS_UNREACHABLE', `copying stream ${name}: ${headers.status}`);
  return true;
};

async function* inTime(chunks: AsyncIterator<Msg>, name: string): AsyncGenerator<Msg> {
  const late = (): Error =>
    new AppError('NATS_UNREACHABLE', `copying stream ${name}: nothing came within ${CHUNK_LIMIT_MS} ms`);
  for (;;) {
    const next = await within(chunks.next(), CHUNK_LIMIT_MS, late);
    if (next.done === true) return;
    yield next.value;
  }
}

/** Restores the streams in a folder, with their sequences and consumers, on a server that has none of them. Rejects with NATS_UNREACHABLE. */
export const restoreStreams = async (nc: NatsConnection, folder: string): Promise<readonly string[]> => {
  const names = (await readdir(folder))
    .filter((file) => file.endsWith(DATA))
    .map((file) => path.basename(file, DATA));
  for (const name of names) {
    try {
      await restoreStream(nc, name, folder);
    } catch (error) {
      throw natsError(error, 'NATS_UNREACHABLE', `restoring stream ${name}`);
    }
  }
  return names;
};

const restoreStream = async (nc: NatsConnection, name: string, folder: string): Promise<void> => {
  const head = await readFile(path.join(folder, name + HEAD), 'utf8');
  const { deliver_subject: to } = await apiRequest<{ deliver_subject: string }>(
    nc,
    `$JS.API.STREAM.RESTORE.${name}`,
    head,
  );
  const chunks = createReadStream(path.join(folder, name + DATA), { highWaterMark: CHUNK_BYTES });
  for await (const chunk of chunks) await nc.request(to, chunk as Uint8Array, { timeout: CHUNK_LIMIT_MS });
  // The answer to the last, empty chunk comes when the stream is restored.
  await apiRequest(nc, to, '');
};

interface Answer {
  readonly error?: { readonly description?: string };
}

const apiRequest = async <T>(nc: NatsConnection, subject: string, body: string): Promise<T> => {
  const answer = await nc.request(subject, body, { timeout: API_LIMIT_MS });
  const value = JSON.parse(textOf(answer.data)) as Answer & T;
  if (value.error !== undefined) throw new Error(value.error.description ?? 'the server refused');
  return value;
};
