import { createMcpHandler } from '@modelcontextprotocol/server';
import { catalogue, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { tokenIn } from '@precedent/ports';
import type {
  Authenticate,
  CallerSession,
  Listener,
  ListenerOptions,
  OperationCalls,
  TextSeal,
} from '@precedent/ports';
import { HttpRefusal, served, webApp } from '@precedent/web-server';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { newMark } from './mark.ts';
import { listenIn } from './tasks/listen-request.ts';
import { taskHandles } from './tasks/handle.ts';
import { taskStream } from './tasks/task-stream.ts';
import { INLINE_MS } from './tasks/task-tools.ts';
import { tasksOf, toolServer } from './tool-server.ts';
import type { Additions, ToolServerOptions } from './tool-server.ts';

export interface McpServerOptions extends ListenerOptions {
  readonly version: string;
  readonly readOnly: boolean;
  readonly calls: OperationCalls;
  readonly authenticate: Authenticate;
  /** Seals the handles of tasks: that of every gateway of the cell, so that each one knows the tasks that others gave out. */
  readonly taskSeal: TextSeal;
  /** How long the cell knows a task after its verdict. Milliseconds. */
  readonly retentionMs: number;
  /** What takes longer becomes a task for clients that can follow one. Milliseconds; two seconds by default. */
  readonly inlineMs?: number;
  readonly additions?: Additions;
  readonly onFault: (problem: Problem) => void;
}

const PATH = '/mcp';
const BODY_BYTES = 1024 * 1024;

/** Serves the tools over streamable HTTP, without sessions: each request is complete in itself. Rejects PORT_IN_USE. */
export const openMcpServer = async (options: McpServerOptions): Promise<Listener> => {
  const { tls, hosts, connectionsMax, onFault, inlineMs = INLINE_MS } = options;
  const handles = taskHandles(options.taskSeal);
  const optionsFor = (session: CallerSession): ToolServerOptions => ({
    ...options,
    session,
    handles,
    inlineMs,
    mark: newMark,
    now: Date.now,
  });
  const handler = createMcpHandler(({ authInfo }) =>
    toolServer(optionsFor(authInfo?.extra?.['session'] as CallerSession)),
  );
  const app = webApp({
    tls,
    hosts,
    connectionsMax,
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    unreadable: (error) => ({ type: 'application/json', text: JSON.stringify(errorBody(problemOf(error))) }),
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => sendProblem(error, reply, onFault));
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: PATH,
    handler: async (request, reply) => {
      const token = tokenIn(request.headers.authorization);
      const session = await options.authenticate(token, request.ip);
      const authInfo = { token, clientId: session.credential ?? 'local', scopes: [], extra: { session } };
      const asked = webRequest(request);
      const listen = listenIn(asked, request.body);
      const context = optionsFor(session);
      if (listen) return reply.send(await taskStream(listen, context, tasksOf(context)));
      return reply.send(await handler.fetch(asked, { authInfo, parsedBody: request.body }));
    },
  });
  const listener = await served(app, options, 'gateway.mcpPort');
  return {
    ...listener,
    url: `${listener.url}${PATH}`,
    close: async () => {
      await handler.close();
      await listener.close();
    },
  };
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
  const status = error instanceof HttpRefusal ? error.statusCode : catalogue[problem.code].http;
  if (status === 500) onFault(problem);
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="precedent"');
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
