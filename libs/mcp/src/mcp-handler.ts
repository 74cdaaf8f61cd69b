import { createMcpHandler } from '@modelcontextprotocol/server';
import { fieldOf } from '@precedent/kernel';
import type { CallerSession } from '@precedent/ports';
import { newMark } from './mark.ts';
import type { McpServerOptions } from './options.ts';
import type { ToolContext } from './tool-context.ts';
import { taskHandles } from './tasks/handle.ts';
import { listenIn } from './tasks/listen-request.ts';
import { taskStream } from './tasks/task-stream.ts';
import { INLINE_MS } from './tasks/task-tools.ts';
import { tasksOf, toolServer } from './tool-server.ts';
import type { ToolServerOptions } from './tool-server.ts';
import { narrowed, toolSet } from './tool-set.ts';
import type { Toolset } from './toolsets.ts';

/** One request, of a caller whose credential was checked. */
export interface McpRequest {
  readonly request: Request;
  readonly body: unknown;
  readonly session: CallerSession;
  readonly traceparent: string | undefined;
  readonly onCalled: ToolContext['onCalled'];
  /** That the connection chose; none: all that there are. */
  readonly toolsets: readonly Toolset[];
}

type Passed = Omit<McpRequest, 'request'>;

/** Answers requests of the protocol. */
export interface McpHandler {
  answer(request: McpRequest): Promise<Response>;
  close(): Promise<void>;
}

/** The server of a request is made for its caller. */
export const mcpHandler = ({ inlineMs = INLINE_MS, ...options }: McpServerOptions): McpHandler => {
  const handles = taskHandles(options.taskSeal);
  const tools = toolSet(options);
  const optionsFor = ({ session, body, toolsets, traceparent, onCalled }: Passed): ToolServerOptions => ({
    ...options,
    tools: narrowed(tools, toolsets),
    asked: askedIn(body),
    session,
    traceparent,
    onCalled,
    handles,
    inlineMs,
    mark: newMark,
    now: Date.now,
  });
  const handler = createMcpHandler(({ authInfo }) => {
    return toolServer(optionsFor(authInfo?.extra as unknown as Passed));
  });
  return {
    answer: ({ request, ...passed }) => {
      const { body, session } = passed;
      const listen = listenIn(request, body);
      if (listen) {
        const context = optionsFor(passed);
        return Promise.resolve(taskStream(listen, context, tasksOf(context)));
      }
      const authInfo = {
        token: '',
        clientId: session.credential ?? 'local',
        scopes: [],
        extra: { ...passed },
      };
      return handler.fetch(request, { authInfo, parsedBody: body });
    },
    close: () => handler.close(),
  };
};

/** A batch of an older revision is several requests. */
const askedIn = (body: unknown): ToolServerOptions['asked'] => {
  const method = fieldOf(body, 'method');
  const name = fieldOf(fieldOf(body, 'params'), 'name');
  if (typeof method !== 'string') return undefined;
  return { method, name: typeof name === 'string' ? name : '' };
};
