import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** A program that receives spans by OTLP and serves them by the query API of Jaeger. */
export interface Backend extends AsyncDisposable {
  /** For `monitoring.otlpUrl`. */
  readonly otlpUrl: string;
  /** The spans of a trace that it has so far. */
  trace(traceId: string): Promise<readonly StoredSpan[]>;
  /** Whether it answers yet. */
  isReady(): Promise<boolean>;
}

/** A span as the API returns it; a link is a reference that is not `CHILD_OF`. */
export interface StoredSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly {
    readonly refType: string;
    readonly traceID: string;
    readonly spanID: string;
  }[];
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
  readonly logs: readonly { readonly fields: readonly { readonly key: string; readonly value: unknown }[] }[];
}

interface Layout {
  readonly args: readonly string[];
  readonly otlpUrl: string;
  readonly queryUrl: string;
}

const local = (port: number): string => `127.0.0.1:${port}`;

const victoria = (folder: string, [port = 0]: readonly number[]): Layout => ({
  args: [`-httpListenAddr=${local(port)}`, `-storageDataPath=${folder}`],
  otlpUrl: `http://${local(port)}/insert/opentelemetry/v1/traces`,
  queryUrl: `http://${local(port)}/select/jaeger/api`,
});

/** Jaeger 1.x, all in one. It would open a dozen well-known ports; those that are not needed get free ones. */
const jaeger = (_: string, [otlp = 0, query = 0]: readonly number[]): Layout => ({
  args: [
    `--collector.otlp.http.host-port=${local(otlp)}`,
    `--query.http-server.host-port=${local(query)}`,
    ...[
      'admin.http.host-port',
      'collector.grpc-server.host-port',
      'collector.http-server.host-port',
      'collector.otlp.grpc.host-port',
      'http-server.host-port',
      'processor.jaeger-binary.server-host-port',
      'processor.jaeger-compact.server-host-port',
      'processor.zipkin-compact.server-host-port',
      'query.grpc-server.host-port',
    ].map((flag) => `--${flag}=${local(0)}`),
    '--log-level=error',
  ],
  otlpUrl: `http://${local(otlp)}`,
  queryUrl: `http://${local(query)}/api`,
});

/** Starts the backend with an empty store. */
export const startBackend = async (binary: string): Promise<Backend> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-traces-'));
  const ports = [await freePort(), await freePort()];
  const layout = path.basename(binary).includes('victoria') ? victoria : jaeger;
  const { args, otlpUrl, queryUrl } = layout(folder, ports);
  const child = spawn(binary, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  return {
    otlpUrl,
    isReady: async () => (await fetch(`${queryUrl}/services`)).ok,
    trace: async (traceId) => {
      const response = await fetch(`${queryUrl}/traces/${traceId}`);
      if (!response.ok) return [];
      const { data } = (await response.json()) as { data?: readonly { spans: readonly StoredSpan[] }[] };
      return data?.[0]?.spans ?? [];
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A port that is free at this moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
