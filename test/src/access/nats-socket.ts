import { once } from 'node:events';
import { connect } from 'node:net';

/** A socket to a NATS server that speaks its protocol by hand, and can send what no library would. */
export interface NatsSocket {
  /** Resolves when the socket takes more. Of the protocol: whole lines, with their payloads. */
  send(operations: Uint8Array): Promise<void>;
  /** Resolves when the server has answered a PING behind all that was sent. */
  flush(): Promise<void>;
  /** Called with all that the server sends, in pieces. */
  onBytes: (bytes: string) => void;
  readonly isClosed: boolean;
  close(): void;
}

const LINE_CHARS = 200;

/** Connects with a key. Rejects when the server refuses it. */
export const natsSocket = async (url: string, key: string): Promise<NatsSocket> => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) }).setEncoding('latin1');
  let closed: Error | undefined;
  let pongs = 0;
  let rest = '';
  const waiting: { readonly from: number; readonly done: (error?: Error) => void }[] = [];
  const end = (error: Error): void => {
    closed ??= error;
    for (const { done } of waiting.splice(0)) done(closed);
  };
  socket.on('error', end);
  socket.on('close', () => end(new Error(`the server has closed the connection: ${rest}`)));
  let pings = 0;
  const made: NatsSocket = {
    onBytes: () => undefined,
    get isClosed() {
      return closed !== undefined;
    },
    send: async (operations) => {
      if (closed) throw closed;
      if (!socket.write(operations)) await once(socket, 'drain');
    },
    flush: () =>
      new Promise((resolve, reject) => {
        if (closed) return reject(closed);
        waiting.push({ from: ++pings, done: (error) => (error ? reject(error) : resolve()) });
        socket.write('PING\r\n');
      }),
    close: () => socket.destroy(),
  };
  socket.on('data', (chunk: string) => {
    made.onBytes(chunk);
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-LINE_CHARS);
    // A payload may have such a line too; then a flush resolves early, and a test sees less.
    pongs += lines.filter((line) => line === 'PONG\r').length;
    while (waiting[0] !== undefined && waiting[0].from <= pongs) waiting.shift()?.done();
  });
  await once(socket, 'data');
  const options = { verbose: false, pedantic: false, headers: true, no_responders: true, protocol: 1 };
  await made.send(
    Buffer.from(`CONNECT ${JSON.stringify({ ...options, lang: 'raw', version: '1', auth_token: key })}\r\n`),
  );
  await made.flush();
  return made;
};
