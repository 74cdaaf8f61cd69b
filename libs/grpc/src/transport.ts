import { createServer as createHttp1 } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, createServer as createHttp2 } from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { startTimer } from '@precedent/kernel';
import type { Listener, ListenerOptions, PemPair } from '@precedent/ports';
import {
  CONNECTIONS_MAX,
  HEADERS_MS,
  limitConnections,
  listening,
  renewCertificate,
} from '@precedent/web-server';

export type AnyRequest = IncomingMessage | Http2ServerRequest;
export type AnyResponse = ServerResponse<IncomingMessage> | Http2ServerResponse;
export type RequestListener = (request: AnyRequest, response: AnyResponse) => void;

/** What a connection may do. Node ends one that opens and resets streams faster than `streamResetRate` a second. */
const HTTP2_LIMITS = {
  settings: { maxConcurrentStreams: 256, maxHeaderListSize: 16 * 1024 },
  maxSessionInvalidFrames: 100,
  streamResetBurst: 1_000,
  streamResetRate: 50,
};

/** A connection without a call for that long is closed; clients open another one. Milliseconds. */
const IDLE_MS = 10 * 60_000;
/** How long calls may take to end when the gateway stops. Milliseconds. */
const DRAIN_MS = 5_000;

interface Transport {
  readonly server: Server;
  readonly close: () => void;
}

/** Serves HTTP/2 and HTTP/1.1 on one port: with TLS as agreed in the handshake, without it by the first bytes of a connection. Rejects PORT_IN_USE. */
export const openTransport = async (
  { host, port, tls, connectionsMax = CONNECTIONS_MAX }: ListenerOptions,
  portSetting: string,
  onRequest: RequestListener,
): Promise<Listener> => {
  const sessions = new Set<ServerHttp2Session>();
  const onSession = (session: ServerHttp2Session): void => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(IDLE_MS, () => session.close());
  };
  const sockets = new Set<Socket>();
  const { server, close } = tls ? secure(tls, onRequest, onSession) : plain(onRequest, onSession);
  limitConnections(server, connectionsMax);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listening({ host, port, portSetting }, () => listen(server, host, port));
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    renew: (renewed) => renewCertificate(server, renewed),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      close();
      for (const session of sessions) session.close();
      const timer = startTimer(DRAIN_MS, () => {
        for (const socket of sockets) socket.destroy();
      });
      await closed;
      timer.cancel();
    },
  };
};

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });

type OnSession = (session: ServerHttp2Session) => void;

const secure = (tls: PemPair, onRequest: RequestListener, onSession: OnSession): Transport => {
  const server = createSecureServer({ ...HTTP2_LIMITS, ...tls, allowHTTP1: true }, onRequest);
  server.on('session', onSession);
  return { server, close: () => undefined };
};

/** `PRI * HTTP/2.0` begins a connection of HTTP/2; no method of HTTP/1.1 begins so. */
const PREFACE = Buffer.from('PRI');

const plain = (onRequest: RequestListener, onSession: OnSession): Transport => {
  const http2 = createHttp2(HTTP2_LIMITS, onRequest);
  http2.on('session', onSession);
  const http1 = createHttp1({ headersTimeout: HEADERS_MS }, onRequest);
  // It has no socket of its own: this starts the timer of its limits.
  http1.emit('listening');
  const server = createTcp((socket) =>
    firstBytes(socket, (bytes) => {
      const chosen = bytes.equals(PREFACE) ? http2 : http1;
      chosen.emit('connection', socket);
    }),
  );
  return {
    server,
    close: () => {
      http1.close();
      http1.closeIdleConnections();
    },
  };
};

/** Looks at the first bytes of a connection, and puts them back. A connection that sends none in time is closed. */
const firstBytes = (socket: Socket, use: (bytes: Buffer) => void): void => {
  const timer = startTimer(HEADERS_MS, () => void socket.destroy());
  const onEnd = (): void => {
    timer.cancel();
    socket.destroy();
  };
  let bytes = Buffer.alloc(0);
  const onReadable = (): void => {
    // What is left in the socket would hold back its end.
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length < PREFACE.length) return;
    timer.cancel();
    socket.off('readable', onReadable).off('error', onEnd).off('close', onEnd).off('end', onEnd);
    socket.unshift(bytes);
    use(bytes.subarray(0, PREFACE.length));
  };
  socket.on('error', onEnd).on('close', onEnd).on('end', onEnd).on('readable', onReadable);
};
