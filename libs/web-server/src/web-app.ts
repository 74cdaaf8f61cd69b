import { startTimer } from '@precedent/kernel';
import type { Listener, ListenerOptions, PemPair } from '@precedent/ports';
import fastify from 'fastify';
import type { FastifyInstance, FastifyRequest, FastifyServerOptions } from 'fastify';
import { listening, renewCertificate } from './listening.ts';

export interface WebAppOptions extends FastifyServerOptions {
  readonly tls?: PemPair | undefined;
  readonly bodyLimit: number;
  /** How long a body may take. Milliseconds. */
  readonly stallMs?: number | undefined;
  /** Whether the body is a stream, which takes as long as it takes. */
  readonly isStream?: (request: FastifyRequest) => boolean;
}

/** The whole of a body must have arrived by then. Milliseconds. */
export const STALL_MS = 60_000;
/** The whole head of a request must have arrived by then. Milliseconds. */
const HEADERS_MS = 15_000;

/** An app without routes, with limits on what a client may send and how long it may take. */
export const webApp = (options: WebAppOptions): FastifyInstance => {
  const { tls, stallMs = STALL_MS, isStream = () => false, ...others } = options;
  const app = fastify({
    // Streams take longer: `limitBodyTime` is for the other bodies.
    requestTimeout: 0,
    return503OnClosing: true,
    ...others,
    ...(tls ? { https: { ...tls, headersTimeout: HEADERS_MS } } : { http: { headersTimeout: HEADERS_MS } }),
  });
  limitBodyTime(app, stallMs, isStream);
  return app;
};

/** Ends the connection of a client that takes too long to send a body. */
const limitBodyTime = (
  app: FastifyInstance,
  stallMs: number,
  isStream: (request: FastifyRequest) => boolean,
): void => {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request;
    if (raw.complete || isStream(request)) return done();
    const timer = startTimer(stallMs, () => void raw.destroy());
    for (const event of ['end', 'close']) raw.once(event, () => timer.cancel());
    done();
  });
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
