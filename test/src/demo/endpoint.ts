import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small web server that plays along. */
export interface Endpoint {
  readonly url: string;
  /** Requests answered so far. */
  answered(): number;
  close(): Promise<void>;
}

/**
 * Answers with the statuses of the path, one call after the other, the last one for ever: `/once/503/503/200` is not available
 * twice. The first word only tells paths apart.
 */
export const startEndpoint = async (): Promise<Endpoint> => {
  const calls = new Map<string, number>();
  let answered = 0;
  const server = createServer((request, response) => {
    const target = request.url ?? '/';
    const statuses = target.split('/').slice(2).map(Number);
    const call = calls.get(target) ?? 0;
    calls.set(target, call + 1);
    answered++;
    response.writeHead(statuses[Math.min(call, statuses.length - 1)] ?? 200, {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify({ call: call + 1 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered: () => answered,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
