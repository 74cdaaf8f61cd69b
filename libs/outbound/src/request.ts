import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { ownValue } from '@precedent/kernel';
import type { Address } from './addresses.ts';
import { pinned } from './addresses.ts';

export interface OutboundRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** What was read of an answer's body. */
export interface RawBody {
  readonly bytes: Buffer;
  /** There was more than the limit. */
  readonly truncated: boolean;
}

const REDIRECTS = [301, 302, 303, 307, 308];

/** Whether an answer redirects to another URL. */
export const isRedirect = (status: number, location: string | undefined): location is string =>
  REDIRECTS.includes(status) && location !== undefined;

export interface RequestOptions {
  /** The only addresses that it connects to. */
  readonly addresses: readonly Address[];
  /** Ends the request, its connection included. */
  readonly signal: AbortSignal;
  /** Bytes of the body that are read; then the connection is closed. */
  readonly maxBytes: number;
  /** Called for every piece that comes: a sign of life. */
  readonly alive: () => void;
}

/** An answer to one request. The body of a redirect is not read. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: RawBody;
}

const EMPTY: RawBody = { bytes: Buffer.alloc(0), truncated: false };

/**
 * Sends one request, on a connection of its own: a kept one may be closed by the server at the moment of its use, and would
 * fail a task that did nothing wrong. Rejects with the error of the network. When it settles, the connection is closed.
 */
export const sendRequest = async (
  request: OutboundRequest,
  options: RequestOptions,
): Promise<HttpResponse> => {
  const sent = open(request, options);
  try {
    const response = await responseOf(sent, request.body);
    options.alive();
    const status = response.statusCode ?? 0;
    const skipped = isRedirect(status, response.headers.location);
    const body = skipped ? EMPTY : await readBody(decodedStream(response, request.method), options);
    return { status, headers: response.headers, body };
  } finally {
    sent.destroy();
  }
};

const open = (
  { method, url, headers, body }: OutboundRequest,
  { addresses, signal }: RequestOptions,
): ClientRequest => {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return send(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-length': String(body.length) }) },
    lookup: pinned(addresses),
    agent: false,
    signal,
  });
};

const responseOf = (sent: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    // Not `once`: what comes after the answer must find a listener too. It reaches the reader through the response.
    sent.on('error', reject);
    sent.once('response', resolve);
    sent.end(body);
  });

const UNPACK: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createUnzip,
  'x-gzip': createUnzip,
  deflate: createUnzip,
  br: createBrotliDecompress,
};

const decodedStream = (response: IncomingMessage, method: string): AsyncIterable<Buffer> => {
  const unpack = ownValue(UNPACK, response.headers['content-encoding'] ?? '');
  if (unpack === undefined || method === 'HEAD') return response;
  // Errors reach the reader through the last stream; the callback is there so that they are not thrown.
  return pipeline(response, unpack(), () => undefined) as unknown as Readable;
};

const readBody = async (
  stream: AsyncIterable<Buffer>,
  { maxBytes, alive }: RequestOptions,
): Promise<RawBody> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    alive();
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), truncated: length > maxBytes };
};
