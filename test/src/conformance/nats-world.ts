import { streamsOf, subjectsOf } from '@precedent/contracts';
import { connectNats } from '@precedent/nats';
import { startNats } from '@precedent/testkit';
import type { TestNats, TestNatsOptions } from '@precedent/testkit';
import { afterAll, afterEach, beforeAll } from 'vitest';

export type Connection = Awaited<ReturnType<typeof connectNats>>;

/** One server for a file, and for each test a root of its own, with connections that are closed after it. */
export const natsWorlds = (options: TestNatsOptions = {}) => {
  let server: TestNats;
  let worlds = 0;
  const connections: Connection[] = [];
  beforeAll(async () => {
    server = await startNats(options);
  });
  afterEach(async () => {
    for (const nc of connections.splice(0)) await nc.close();
  });
  afterAll(() => server.stop());

  const connect = async (): Promise<Connection> => {
    const nc = await connectNats({ url: server.url, name: 'test' });
    connections.push(nc);
    return nc;
  };
  return async () => {
    const root = `world-${++worlds}.v1`;
    const nc = await connect();
    return { server, nc, connect, root, subjects: subjectsOf(root), streams: streamsOf(root) };
  };
};

/** A request whose answer is JSON. */
export const ask = async (
  nc: Connection,
  subject: string,
  request: unknown,
  headers?: string,
): Promise<unknown> => {
  const text = typeof request === 'string' ? request : JSON.stringify(request);
  const options = { timeout: 10_000, ...(headers !== undefined && { headers: rawHeaders(headers) }) };
  return (await nc.request(subject, text, options)).json();
};

type Headers = NonNullable<NonNullable<Parameters<Connection['publish']>[2]>['headers']>;

/** Raw header lines, also invalid ones that no client library would send. */
export const rawHeaders = (lines: string): Headers =>
  ({ encode: () => Buffer.from(`NATS/1.0\r\n${lines}\r\n\r\n`) }) as unknown as Headers;

/** Resolves when the condition holds. Each check takes at least one turn of the event loop, usually a round trip to the server. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
};

interface StreamState {
  readonly state: { readonly messages: number; readonly last_seq: number };
  readonly config: Readonly<Record<string, unknown>>;
}

export const streamOf = async (nc: Connection, name: string): Promise<StreamState> =>
  (await ask(nc, `$JS.API.STREAM.INFO.${name}`, '')) as StreamState;
