import { createServer } from 'node:http';
import type { Server } from 'node:http';

export interface EndpointOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly text: () => string;
  /** Called when the port cannot be had; it is tried again. */
  readonly onProblem: (message: string) => void;
}

export interface Endpoint {
  /** 0 until it listens. */
  readonly port: number;
  /** Resolves when it listens, or was closed before. */
  readonly listening: Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds until a port that was taken is tried again. */
const AGAIN_MS = 10_000;
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/metrics`. Work goes on without it: while the port is taken, by an engine that stands by on the same machine, say, it is
 * tried again now and then.
 */
export const openEndpoint = ({ host, port, text, onProblem }: EndpointOptions): Endpoint => {
  const server = createServer((request, response) => {
    const isKnown = request.method === 'GET' && /^\/metrics(\?|$)/.test(request.url ?? '');
    response.writeHead(isKnown ? 200 : 404, { 'content-type': isKnown ? CONTENT_TYPE : 'text/plain' });
    response.end(isKnown ? text() : 'metrics are at /metrics\n');
  });
  const listening = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  server.on('listening', () => listening.resolve());
  server.on('error', (error) => {
    onProblem(`metrics cannot be served on ${host}:${port}: ${error.message}`);
    timer = setTimeout(() => server.listen(port, host), AGAIN_MS).unref();
  });
  server.listen(port, host);
  return {
    get port() {
      return portOf(server);
    },
    listening: listening.promise,
    close: () => {
      clearTimeout(timer);
      listening.resolve();
      return closed(server);
    },
  };
};

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
