import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { startTimer } from '@precedent/kernel';
import type { Listener, ListenerOptions, PemPair } from '@precedent/ports';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { guardConnections } from './connection-rules.ts';
import { listening, renewCertificate } from './listening.ts';
import { HttpRefusal } from './refusal.ts';
import { requestRules } from './request-rules.ts';

export interface WebAppOptions extends FastifyServerOptions {
  readonly tls?: PemPair | undefined;
  readonly bodyLimit: number;
  /** How long a body may take. Milliseconds. */
  readonly stallMs?: number | undefined;
  /** Whether the body is a stream, which takes as long as it takes. */
  readonly isStream?: (request: FastifyRequest) => boolean;
  /** As of `ListenerOptions`. */
  readonly hosts?: readonly string[] | undefined;
  readonly connectionsMax?: number | undefined;
  /** The body with which a request is refused that could not even be read, and its type. */
  readonly unreadable: (error: HttpRefusal) => { readonly type: string; readonly text: string };
}

/** From one address. */
export const CONNECTIONS_MAX = 1_000;

/** The whole of a body must have arrived by then. Milliseconds. */
export const STALL_MS = 60_000;
/** The whole head of a request must have arrived by then. Milliseconds. */
export const HEADERS_MS = 15_000;

/** An app without routes, with limits on what a client may send and how long it may take. */
export const webApp = (options: WebAppOptions): FastifyInstance => {
  const {
    tls,
    stallMs = STALL_MS,
    isStream = () => false,
    hosts = [],
    connectionsMax = CONNECTIONS_MAX,
    unreadable,
    ...others
  } = options;
  const app = fastify({
    // Streams take longer: `limitBodyTime` is for the other bodies.
    requestTimeout: 0,
    return503OnClosing: true,
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      const refusal = new HttpRefusal(error.statusCode ?? 400, 'URL', error.message);
      const { type, text } = unreadable(refusal);
      void reply.code(refusal.statusCode).type(type).send(text);
    },
    clientErrorHandler: (error, socket) => {
      const refusal = refusalOf(error.code);
      sendUnreadable(socket, { statusCode: refusal.statusCode, ...unreadable(refusal) });
    },
    ...others,
    ...(tls ? { https: { ...tls, headersTimeout: HEADERS_MS } } : { http: { headersTimeout: HEADERS_MS } }),
  });
  guardConnections(app.server, { connectionsMax, stallMs });
  const check = requestRules(hosts);
  app.addHook('onRequest', (request, _reply, done) => {
    check(request);
    if (hasBody(request) && !isStream(request)) limitBodyTime(request.raw, stallMs);
    done();
  });
  return app;
};

/** By the rules of HTTP/1.1: one that says nothing of a body has none. */
const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

const refusalOf = (code: string): HttpRefusal => {
  if (code === 'HPE_HEADER_OVERFLOW') return new HttpRefusal(431, 'headers', 'they are too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HttpRefusal(408, 'request', 'it took too long');
  return new HttpRefusal(400, 'request', 'it is not HTTP/1.1');
};

const sendUnreadable = (
  socket: Socket,
  { statusCode, type, text }: { readonly statusCode: number; readonly type: string; readonly text: string },
): void => {
  if (!socket.writable) return void socket.destroy();
  const head = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`,
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
};

/** Ends a request whose client takes too long to send the body. */
export const limitBodyTime = (request: Readable & { readonly complete: boolean }, stallMs: number): void => {
  if (request.complete) return;
  // A body that is not read, as that of a GET, has no end: only `complete` says that it is there.
  const timer = startTimer(stallMs, () => {
    if (!request.complete) request.destroy();
  });
  for (const event of ['end', 'close']) request.once(event, () => timer.cancel());
};

/** The app, listening. Rejects PORT_IN_USE. */
export const served = async (
  app: FastifyInstance,
  { host, port }: ListenerOptions,
  portSetting: string,
): Promise<Listener> => ({
  url: await listening({ host, port, portSetting }, () => app.listen({ host, port })),
  renew: (tls) => renewCertificate(app.server, tls),
  close: () => app.close(),
});
