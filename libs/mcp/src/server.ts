import { catalogue, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { silentGateway, tokenIn } from '@precedent/ports';
import type { Listener } from '@precedent/ports';
import { HttpRefusal, served, webApp } from '@precedent/web-server';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { McpHandler } from './mcp-handler.ts';
import { messageIn } from './message-body.ts';
import { observedRequest } from './observed-request.ts';
import type { McpServerOptions } from './options.ts';
import { toolsetsIn } from './toolsets.ts';
import type { Toolset } from './toolsets.ts';

const PATH = '/mcp';
/** Of RFC 9728, for the path above. */
const METADATA_PATH = `/.well-known/oauth-protected-resource${PATH}`;
const BODY_BYTES = 1024 * 1024;

/** Serves the tools over streamable HTTP, without sessions: each request is complete in itself. The protocol is loaded for the first request: it takes 10 MB. Rejects PORT_IN_USE. */
export const openMcpServer = async (options: McpServerOptions): Promise<Listener> => {
  const { tls, hosts, connectionsMax, onFault, authenticate } = options;
  let loaded: Promise<McpHandler> | undefined;
  const load = async (): Promise<McpHandler> => (await import('./mcp-handler.ts')).mcpHandler(options);
  const app = webApp({
    tls,
    hosts,
    connectionsMax,
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    unreadable: (error) => ({ type: 'application/json', text: JSON.stringify(errorBody(problemOf(error))) }),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => Promise.resolve(messageIn(body)),
  );
  const issuers = options.issuers ?? [];
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (issuers.length > 0) reply.header('www-authenticate', challengeOf(request));
    return sendProblem(error, reply, onFault);
  });
  if (issuers.length > 0)
    app.get(METADATA_PATH, (request) => ({
      resource: `${originOf(request)}${PATH}`,
      authorization_servers: issuers,
      bearer_methods_supported: ['header'],
      resource_name: 'Precedent',
    }));
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: PATH,
    handler: async (request, reply) => {
      const observed = observedRequest(request, reply, options.telemetry ?? silentGateway);
      const session = await authenticate(tokenIn(request.headers.authorization), request.ip);
      const handler = await (loaded ??= load());
      const { body } = request;
      const passed = { body, session, toolsets: toolsetsOf(request), ...observed };
      return reply.send(await handler.answer({ request: webRequest(request, closingOf(reply)), ...passed }));
    },
  });
  const listener = await served(app, options, 'gateway.mcpPort');
  return {
    ...listener,
    url: `${listener.url}${PATH}`,
    close: async () => {
      await (await loaded)?.close();
      await listener.close();
    },
  };
};

/** That the address of the server names, such as `/mcp?toolsets=tasks:read,history`. Throws INVALID_REQUEST. */
const toolsetsOf = ({ query }: FastifyRequest): readonly Toolset[] => {
  const { toolsets = [] } = query as { readonly toolsets?: string | readonly string[] };
  const names = [toolsets].flat().flatMap((text) => text.split(','));
  return toolsetsIn(names, 'toolsets');
};

const originOf = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`;

/** Where a client finds out which provider gives tokens. */
const challengeOf = (request: FastifyRequest): string =>
  `Bearer realm="precedent", resource_metadata="${originOf(request)}${METADATA_PATH}"`;

/** Aborted when the client closes the connection before its answer: that cancels the request. */
const closingOf = ({ raw }: FastifyReply): AbortSignal => {
  const closing = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) closing.abort();
  });
  return closing.signal;
};

/** Without its body, which was read already. */
const webRequest = ({ method, url, headers }: FastifyRequest, signal: AbortSignal): Request => {
  const named = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, [value].flat().join(', ')] as [string, string]],
  );
  return new Request(`http://${headers.host ?? 'localhost'}${url}`, {
    method,
    headers: named,
    signal,
  });
};

const sendProblem = (
  error: FastifyError,
  reply: FastifyReply,
  onFault: (problem: Problem) => void,
): FastifyReply => {
  const { statusCode = 500 } = error;
  const problem = problemOf(error, statusCode < 500 ? 'INVALID_REQUEST' : 'INTERNAL');
  const status = error instanceof HttpRefusal ? error.statusCode : catalogue[problem.code].http;
  if (status === 500) onFault(problem);
  if (status !== 401) reply.removeHeader('www-authenticate');
  else if (!reply.hasHeader('www-authenticate')) reply.header('www-authenticate', 'Bearer realm="precedent"');
  return reply.code(status).send(errorBody(problem));
};

const errorBody = (problem: Problem) => ({
  jsonrpc: '2.0',
  id: null,
  error: {
    code: -32_000,
    message: problem.message,
    data: { ...problem, remedy: catalogue[problem.code].remedy },
  },
});
