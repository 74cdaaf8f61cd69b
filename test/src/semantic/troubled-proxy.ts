import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@precedent/processes';

/** A proxy before a server, which delays or refuses requests. */
export interface TroubledProxy extends AsyncDisposable {
  readonly url: string;
  /** Additional milliseconds for every answer. */
  delayMs: number;
  /** Answers every write as a Qdrant with a full disk. */
  isFull: boolean;
}

const WRITES: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'DELETE']);
/** The exact message of Qdrant 1.16, which the test with a real full disk checks. */
export const FULL =
  'Service internal error: No space left on device: WAL buffer size exceeds available disk space';

export const troubledProxy = async (target: string): Promise<TroubledProxy> => {
  const { hostname, port } = new URL(target);
  const clock = systemClock();
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    if (proxy.isFull && WRITES.has(method)) {
      incoming.resume();
      outgoing.writeHead(500, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ status: { error: FULL }, time: 0 }));
      return;
    }
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      clock.wakeAt(clock.now() + proxy.delayMs, () => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TroubledProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    isFull: false,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
};
