import type { Server as HttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** `report` becomes JSON. */
export interface ServedHealth {
  /** `false`: a restart may help. */
  readonly isAlive: boolean;
  report(): { readonly status: 'ok' | 'unavailable' };
}

export interface EndpointOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The body of `/metrics`. */
  readonly text: () => string;
  readonly health: ServedHealth;
  /** Called when the port is taken; it is tried again. */
  readonly onProblem: (message: string) => void;
}

export interface MetricsEndpoint {
  /** 0 until it listens. */
  readonly port: number;
  /** Resolves when it listens, or was closed before. */
  readonly listening: Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds until a port that was taken is tried again. */
const AGAIN_MS = 10_000;
/** Milliseconds that a connection may be silent. */
const SILENT_MS = 60_000;
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/metrics`, `/healthz` (200 unless the engine has failed for good: a restart would help) and `/readyz` (200 while it accepts
 * tasks), by GET and HEAD. The engine works without it: while the port is taken, for example by a standby engine on the same machine, it is
 * tried again every ten seconds.
 */
export const openEndpoint = (options: EndpointOptions): MetricsEndpoint => {
  const { host, port, onProblem } = options;
  const listening = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  let http: HttpServer | undefined;
  let timer: NodeJS.Timeout | undefined;
  // A scraper may never come, so the HTTP server is loaded for the first connection.
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    http ??= httpServer(options);
    http.emit('connection', socket);
  });
  server.on('listening', () => listening.resolve());
  server.on('error', (error) => {
    onProblem(`metrics cannot be served on ${host}:${port}: ${error.message}`);
    timer = setTimeout(() => server.listen(port, host), AGAIN_MS).unref();
  });
  // The endpoint must not keep the process alive.
  server.listen(port, host).unref();
  return {
    get port() {
      return portOf(server);
    },
    listening: listening.promise,
    close: () => {
      clearTimeout(timer);
      listening.resolve();
      return closed(server, sockets);
    },
  };
};

/** An import of `node:http` loads all that it exports, also an HTTP client: 5 MB that nothing here uses. */
const httpServer = (options: EndpointOptions): HttpServer =>
  process.getBuiltinModule('node:http').createServer(({ method = '', url = '' }, response) => {
    const isRead = method === 'GET' || method === 'HEAD';
    const { status, type, body } = (isRead && answerOf(url.split('?')[0] ?? '', options)) || NOT_FOUND;
    const length = Buffer.byteLength(body);
    response.writeHead(status, {
      'content-type': type,
      'content-length': length,
      'cache-control': 'no-store',
    });
    response.end(method === 'HEAD' ? undefined : body);
  });

interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const NOT_FOUND: HttpAnswer = {
  status: 404,
  type: 'text/plain',
  body: 'metrics are at /metrics, health is at /healthz and /readyz\n',
};

const answerOf = (path: string, { text, health }: EndpointOptions): HttpAnswer | undefined => {
  if (path === '/metrics') return { status: 200, type: METRICS_TYPE, body: text() };
  const report = health.report();
  if (path === '/healthz') return healthAnswer(health.isAlive, report);
  return path === '/readyz' ? healthAnswer(report.status === 'ok', report) : undefined;
};

const healthAnswer = (isGood: boolean, report: object): HttpAnswer => ({
  status: isGood ? 200 : 503,
  type: 'application/json',
  body: `${JSON.stringify(report)}\n`,
});

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const closed = (server: Server, sockets: Iterable<Socket>): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
