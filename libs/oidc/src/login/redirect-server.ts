import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { AppError, messageOf } from '@precedent/kernel';

const HOST = '127.0.0.1';
const PATH = '/callback';

/** Where the browser brings the answer of the provider: on this machine only. */
export interface RedirectServer {
  readonly uri: string;
  /** Resolves with the whole address that the browser was sent to for the login with this state. */
  answerTo(state: string): Promise<URL>;
  close(): void;
}

/** Every other request is refused, so that no page in the browser can end a login. Rejects INVALID_REQUEST when the port (0: any) is taken. */
export const openRedirectServer = async (port: number): Promise<RedirectServer> => {
  let awaited: string | undefined;
  const answered = Promise.withResolvers<URL>();
  let uri = '';
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', uri);
    const state = url.searchParams.get('state') ?? undefined;
    const isAnswer =
      request.method === 'GET' && url.pathname === PATH && state !== undefined && state === awaited;
    response.writeHead(isAnswer ? 200 : 404, {
      'content-type': 'text/plain; charset=utf-8',
      connection: 'close',
    });
    response.end(isAnswer ? 'Go on in the terminal. You can close this page.\n' : 'There is nothing here.\n');
    if (isAnswer) answered.resolve(url);
  });
  server.listen(port, HOST);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new AppError('INVALID_REQUEST', `cannot listen on port ${port} of ${HOST}: ${messageOf(cause)}`, {
      cause,
    });
  });
  uri = `http://${HOST}:${(server.address() as AddressInfo).port}${PATH}`;
  return {
    uri,
    answerTo: (state) => {
      awaited = state;
      return answered.promise;
    },
    close: () => void server.close(),
  };
};
