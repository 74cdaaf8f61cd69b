import { connect as connectHttp2 } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';

/** A call over HTTP/2 or HTTP/1.1. */
export interface WireCall {
  /** Such as `precedent.v1.TaskService/GetTaskStatus`. */
  readonly method: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message as gRPC sends it: a byte of flags, and its length. */
export const enveloped = (message: Uint8Array, flags = 0): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const [DATA, HEADERS, SETTINGS] = [0, 1, 4];
const [END_STREAM, END_HEADERS] = [1, 4];

interface Frame {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly body?: Uint8Array;
}

const frame = ({ type, flags = 0, stream = 0, body = new Uint8Array() }: Frame): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
};

/** HPACK without tables and without Huffman. Names and values have fewer than 127 bytes. */
const field = ([name, value]: readonly [string, string]): Buffer =>
  Buffer.concat([
    Uint8Array.of(0, name.length),
    Buffer.from(name),
    Uint8Array.of(value.length),
    Buffer.from(value),
  ]);

/** The bytes of a connection that makes one call over HTTP/2. */
export const http2Bytes = ({ method, type, body, headers = {} }: WireCall): Buffer => {
  const fields = { ':method': 'POST', ':scheme': 'http', ':path': `/${method}`, ':authority': 'localhost' };
  const all = Object.entries({ ...fields, 'content-type': type, te: 'trailers', ...headers });
  return Buffer.concat([
    Buffer.from(PREFACE),
    frame({ type: SETTINGS }),
    frame({ type: HEADERS, flags: END_HEADERS, stream: 1, body: Buffer.concat(all.map(field)) }),
    frame({ type: DATA, flags: END_STREAM, stream: 1, body }),
  ]);
};

/** The same over HTTP/1.1, as gRPC-Web and Connect allow. */
export const http1Bytes = ({ method, type, body, headers = {} }: WireCall): Buffer => {
  const named = Object.entries({ ...headers, 'content-type': type, 'content-length': String(body.length) });
  const lines = [`POST /${method} HTTP/1.1`, 'host: localhost', ...named.map((one) => one.join(': '))];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
};

/** Sends bytes on a connection of their own, and resolves to what the server says first; to nothing where it ends the connection. */
export const firstAnswer = (port: number, bytes: Uint8Array): Promise<Buffer> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const end = (answer = Buffer.alloc(0)): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', () => undefined);
    socket.once('data', end);
    socket.once('close', () => end());
    socket.end(bytes);
  });

export interface WireStatus {
  readonly code?: number;
  readonly message?: string | string[] | undefined;
}

/** Calls over HTTP/2, on one connection for as long as the server keeps it. */
export class WireClient {
  readonly #port: number;
  #session: ClientHttp2Session | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves to the status of gRPC, or of HTTP where there is none; without one the stream was reset. */
  call({ method, type, body, headers = {} }: WireCall): Promise<WireStatus> {
    return new Promise((resolve) => {
      const stream = this.#open().request({
        ':method': 'POST',
        ':path': `/${method}`,
        'content-type': type,
        te: 'trailers',
        ...headers,
      });
      let status: WireStatus = {};
      const read = (fields: IncomingHttpHeaders): void => {
        const code = Number(fields['grpc-status'] ?? status.code ?? fields[':status']);
        status = { code, message: fields['grpc-message'] };
      };
      stream
        .on('response', read)
        .on('trailers', read)
        .on('error', () => undefined);
      stream.on('close', () => resolve(status)).resume();
      stream.end(body);
    });
  }

  close(): void {
    this.#session?.destroy();
  }

  #open(): ClientHttp2Session {
    const open = this.#session;
    if (open && !open.closed && !open.destroyed) return open;
    const session = connectHttp2(`http://127.0.0.1:${this.#port}`);
    session.on('error', () => undefined);
    return (this.#session = session);
  }
}
