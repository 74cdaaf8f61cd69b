import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { once } from 'node:events';
import { createInbox } from '@nats-io/nats-core';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { AppError, within } from '@precedent/kernel';
import { textOf } from '../connection/bytes.ts';
import { natsError } from '../connection/nats-errors.ts';

/** Between two pieces of a copy, at most. Milliseconds. */
const PIECE_MS = 30_000;
/** A server that puts a large stream together, or looks at one, may take this long. Milliseconds. */
const WHOLE_MS = 120_000;
const CHUNK_BYTES = 128 * 1024;
const DATA = '.stream';
const HEAD = '.json';
/** Of an API answer: the server makes the stream of it again. */
interface Head {
  readonly config: object;
  readonly state: object;
}

/**
 * Copies a stream with its consumers, as the server has it at this moment, into two files. Resolves to the last sequence in it;
 * rejects with NATS_UNREACHABLE.
 */
export const saveStream = async (
  nc: NatsConnection,
  name: string,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<void> => {
  const inbox = createInbox();
  const pieces = nc.subscribe(inbox);
  const file = createWriteStream(path.join(folder, name + DATA), { flags: 'wx' });
  try {
    const request = { deliver_subject: inbox, chunk_size: CHUNK_BYTES };
    const { config, state } = await ask<Head>(nc, `$JS.API.STREAM.SNAPSHOT.${name}`, JSON.stringify(request));
    for await (const piece of inTime(pieces[Symbol.asyncIterator](), name)) {
      signal.throwIfAborted();
      if (isEnd(piece, name)) break;
      if (!file.write(piece.data)) await once(file, 'drain');
      piece.respond();
    }
    file.end();
    await once(file, 'close');
    await writeFile(path.join(folder, name + HEAD), JSON.stringify({ config, state }), { flag: 'wx' });
  } catch (error) {
    signal.throwIfAborted();
    throw natsError(error, 'NATS_UNREACHABLE', `copying stream ${name}`);
  } finally {
    pieces.unsubscribe();
    file.destroy();
  }
};

/** The last piece is empty; its status says whether it is the end of all. */
const isEnd = ({ data, headers }: Msg, name: string): boolean => {
  if (data.length > 0) return false;
  if (headers !== undefined && headers.code >= 400)
    throw new AppError('NATS_UNREACHABLE', `copying stream ${name}: ${headers.status}`);
  return true;
};

async function* inTime(pieces: AsyncIterator<Msg>, name: string): AsyncGenerator<Msg> {
  const late = (): Error =>
    new AppError('NATS_UNREACHABLE', `copying stream ${name}: nothing came within ${PIECE_MS} ms`);
  for (;;) {
    const next = await within(pieces.next(), PIECE_MS, late);
    if (next.done === true) return;
    yield next.value;
  }
}

/** Makes the streams of a folder on a server that has none of them, with their sequences and consumers. Rejects with NATS_UNREACHABLE. */
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
  const { deliver_subject: to } = await ask<{ deliver_subject: string }>(
    nc,
    `$JS.API.STREAM.RESTORE.${name}`,
    head,
  );
  const pieces = createReadStream(path.join(folder, name + DATA), { highWaterMark: CHUNK_BYTES });
  for await (const piece of pieces) await nc.request(to, piece as Uint8Array, { timeout: PIECE_MS });
  // The answer to the last, empty piece comes when the stream is there.
  await ask(nc, to, '');
};

interface Answer {
  readonly error?: { readonly description?: string };
}

const ask = async <T>(nc: NatsConnection, subject: string, body: string): Promise<T> => {
  const answer = await nc.request(subject, body, { timeout: WHOLE_MS });
  const value = JSON.parse(textOf(answer.data)) as Answer & T;
  if (value.error !== undefined) throw new Error(value.error.description ?? 'the server refused');
  return value;
};
