import type { TaskView } from '@precedent/contract-types';
import type { OperationName } from '@precedent/contracts';
import { FIRST_SEQUENCE, callerFor, untilVerdict } from '@precedent/ports';
import type {
  CallingPrincipal,
  OperationCalls,
  PassingEvents,
  TaskEventFilter,
  TaskEvents,
} from '@precedent/ports';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestFields } from '../read-request.ts';
import { callerSessionOf, namespaceOf } from '../task-routes.ts';
import { eventFrame } from './frames.ts';
import { logPlace, logSource } from './log-stream.ts';
import { sendStream } from './send-stream.ts';
import type { StreamOptions, StreamSource } from './send-stream.ts';
import { withPassing } from './with-passing.ts';

export interface StreamRouteOptions extends StreamOptions {
  readonly calls: OperationCalls;
  readonly events: TaskEvents;
  /** Absent: the stream of a task has events of the journal only. */
  readonly passing?: PassingEvents | undefined;
}

interface StreamRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: CallingPrincipal | undefined;
  /** Of the operation. */
  readonly fields: RequestFields;
}

/** Sends the answer to an operation as a stream. */
export type StreamAnswer = (request: StreamRequest) => Promise<FastifyReply>;

/** The operations of which the answer can be followed. */
export const streamAnswers = (
  options: StreamRouteOptions,
): Readonly<Partial<Record<OperationName, StreamAnswer>>> => ({
  'history.feed': ({ request, reply, caller, fields }) => {
    const { after, limit: _, waitMs: __, ...filter } = fields;
    const place = lastEventId(request) ?? after;
    const source = eventSource(options, { caller, filter, after: place as string | undefined });
    return sendStream(request, reply, { ...options, source });
  },
  'history.logs': ({ request, reply, caller, fields }) => {
    const after = logPlace(lastEventId(request) ?? fields['after']);
    const source = logSource({ calls: options.calls, caller, id: String(fields['id']), after });
    return sendStream(request, reply, { ...options, source });
  },
});

const lastEventId = ({ headers }: FastifyRequest): string | undefined => {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
};

interface EventSource {
  readonly caller: CallingPrincipal | undefined;
  readonly filter: TaskEventFilter;
  readonly after: string | undefined;
}

const eventSource = ({ events }: StreamRouteOptions, stream: EventSource): StreamSource =>
  async function* (signal) {
    for await (const item of events.events({ ...stream, signal })) yield eventFrame(item);
  };

/** The events of one task, from its submission to its verdict. */
export const addTaskEventsRoute = (
  app: FastifyInstance,
  prefix: string,
  options: StreamRouteOptions,
): void => {
  app.get<{ Params: { id: string }; Querystring: { after?: string } }>(
    `${prefix}/tasks/:id/events`,
    async (request, reply) => {
      const caller = callerFor(callerSessionOf(request), namespaceOf(request));
      const { id } = request.params;
      // Refuses a task that there is not, or that the caller may not see.
      const get = { group: 'task', verb: 'get', request: { id }, caller };
      const task = (await options.calls.call(get)) as TaskView;
      const after = lastEventId(request) ?? request.query.after ?? FIRST_SEQUENCE;
      const source = taskSource(options, { caller, filter: { task: id }, after });
      return sendStream(request, reply, { ...options, source: passingIn(source, task, options) });
    },
  );
};

/** A task that is over has none any more. */
const passingIn = (source: StreamSource, task: TaskView, { passing }: StreamRouteOptions): StreamSource =>
  passing === undefined || task.settledAt !== undefined
    ? source
    : (signal) => withPassing(source(signal), (onEvent) => passing.follow(task, onEvent));

const taskSource = ({ events }: StreamRouteOptions, stream: EventSource): StreamSource =>
  async function* (signal) {
    for await (const item of untilVerdict(events.events({ ...stream, signal }))) yield eventFrame(item);
  };
