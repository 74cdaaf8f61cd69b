import type { ToolContext } from '../tool-context.ts';
import type { TaskListen } from './listen-request.ts';
import { taskMessages, undeclaredListen } from './task-messages.ts';
import type { TaskSource } from './task-source.ts';

/** A comment keeps the connection open where nothing changes. */
const KEEP_ALIVE = ': keepalive\n\n';

/** The answer to a request to hear of tasks: server-sent events. */
export const taskStream = (listen: TaskListen, context: ToolContext, source: TaskSource): Response => {
  const refusal = undeclaredListen(listen);
  if (refusal) return Response.json(refusal, { status: 400 });
  const messages = taskMessages(listen, context, source);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await messages.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value === undefined ? KEEP_ALIVE : frame(value)));
    },
    cancel: () => void messages.return(undefined),
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' },
  });
};

const frame = (message: object): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;
