import { Server } from 'node:tls';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { AppError, catalogue, errorCode, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { tokenIn } from '@precedent/ports';
import type { Authenticate, CallerSession, OperationCalls } from '@precedent/ports';
import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { newMark } from './mark.ts';
import { toolServer } from './tool-server.ts';

export interface McpServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM texts: with them it serves https only. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly version: string;
  readonly readOnly: boolean;
  readonly calls: OperationCalls;
  readonly authenticate: Authenticate;
  readonly onFault: (problem: Problem) => void;
}

export interface RunningMcpServer {
  /** Such as `http://127.0.0.1:16082/mcp`. */
  readonly url: string;
  /** New connections get another certificate; those that there are stay. */
  renew(tls: { readonly cert: string; readonly key: string }): void;
  close(): Promise<void>;
}

const PATH = '/mcp';
const BODY_BYTES = 1024 * 1024;

/** Serves the tools over streamable HTTP, without sessions: each request is complete in itself. Rejects PORT_IN_USE. */
export const openMcpServer = async (options: McpServerOptions): Promise<RunningMcpServer> => {
  const { host, port, onFault } = options;
  const handler = createMcpHandler((context) =>
    toolServer({
      ...options,
      session: context.authInfo?.extra?.['session'] as CallerSession,
      mark: newMark,
    }),
  );
  const app = fastify({
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    return503OnClosing: true,
    ...(options.tls && { https: options.tls }),
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => sendProblem(error, reply, onFault));
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: PATH,
    handler: async (request, reply) => {
      checkOrigin(request);
      const token = tokenIn(request.headers.authorization);
      const session = await options.authenticate(token, request.ip);
      const authInfo = { token, clientId: session.credential ?? 'local', scopes: [], extra: { session } };
      const answer = await handler.fetch(webRequest(request), { authInfo, parsedBody: request.body });
      return reply.send(answer);
    },
  });
  const url = await listening(app, host, port);
  return {
    url: `${url}${PATH}`,
    renew: (tls) => {
      const server: object = app.server;
      if (server instanceof Server) server.setSecureContext(tls);
    },
    close: async () => {
      await handler.close();
      await app.close();
    },
  };
};

const listening = async (app: FastifyInstance, host: string, port: number): Promise<string> => {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE')
      throw new AppError('PORT_IN_USE', `port ${port} of ${host} is in use: set gateway.mcpPort`, {
        cause: error,
      });
    throw error;
  }
};

/** A web page of another origin may not call it, whatever it knows. Throws FORBIDDEN. */
const checkOrigin = ({ headers }: FastifyRequest): void => {
  const { origin, host } = headers;
  if (origin === undefined || URL.parse(origin)?.host === host) return;
  throw new AppError('FORBIDDEN', `the origin ${origin} may not call this server`);
};

const webRequest = ({ method, url, headers, body }: FastifyRequest): Request => {
  const named = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, [value].flat().join(', ')] as [string, string]],
  );
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return new Request(`http://${headers.host ?? 'localhost'}${url}`, { method, headers: named, ...text });
};

const sendProblem = (
  error: FastifyError,
  reply: FastifyReply,
  onFault: (problem: Problem) => void,
): FastifyReply => {
  const { statusCode = 500 } = error;
  const problem = problemOf(error, statusCode < 500 ? 'INVALID_REQUEST' : 'INTERNAL');
  const { http, remedy } = catalogue[problem.code];
  if (http === 500) onFault(problem);
  if (http === 401) reply.header('www-authenticate', 'Bearer realm="precedent"');
  return reply.code(http).send({
    jsonrpc: '2.0',
    id: null,
    error: { code: -32_000, message: problem.message, data: { ...problem, remedy } },
  });
};
