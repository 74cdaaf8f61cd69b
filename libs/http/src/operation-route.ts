import type { OperationName } from '@precedent/contracts';
import { callerFor } from '@precedent/ports';
import type { CallingPrincipal, OperationCalls } from '@precedent/ports';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasPages } from './cursors.ts';
import type { Cursors } from './cursors.ts';
import { checkUnchanged, isTagged, readBefore, sendTagged } from './entity-tags.ts';
import { requestReader } from './read-request.ts';
import type { RequestFields, RequestParts } from './read-request.ts';
import type { RoutedOperation } from './routes.ts';
import { wantsStream } from './streams/send-stream.ts';
import type { streamAnswers } from './streams/stream-routes.ts';
import { callerSessionOf, namespaceOf, traceContextOf } from './task-routes.ts';

export interface OperationRouteOptions {
  readonly prefix: string;
  readonly calls: OperationCalls;
  readonly cursors: Cursors;
  readonly streams: ReturnType<typeof streamAnswers>;
}

/** A route for one operation: its fields come from the path, the query and the body. */
export const addOperationRoute = (
  app: FastifyInstance,
  { prefix, calls, cursors, streams }: OperationRouteOptions,
  routed: RoutedOperation,
): void => {
  const { name, method, path } = routed;
  const read = requestReader(routed);
  const isPaged = hasPages(routed);
  app.route({
    method,
    url: `${prefix}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    handler: async (request, reply) => {
      const caller = callerFor(callerSessionOf(request), namespaceOf(request));
      const page = { name, caller, fields: read(request as RequestParts) };
      const stream = streams[name];
      if (stream && wantsStream(request)) return stream({ request, reply, caller, fields: page.fields });
      const fields = isPaged ? cursors.opened(page) : page.fields;
      const call = callerOf(calls, request, caller);
      await checkUnchanged(request, stateBefore(name, fields, call));
      const answer = await call(name, fields);
      const body = isPaged ? cursors.sealed(page, answer) : answer;
      return isTagged(name) ? sendTagged(request, reply, { state: answer, body }) : body;
    },
  });
};

type Call = (name: OperationName, request: RequestFields) => Promise<unknown>;

const callerOf =
  (calls: OperationCalls, request: FastifyRequest, caller: CallingPrincipal | undefined): Call =>
  (name, fields) => {
    const [group = '', verb = ''] = name.split('.');
    return calls.call({ group, verb, request: fields, caller, traceparent: traceContextOf(request) });
  };

/** Reads what a change is about; `undefined`: nothing that has a state. */
const stateBefore = (
  name: OperationName,
  { id }: RequestFields,
  call: Call,
): (() => Promise<unknown>) | undefined => {
  const read = readBefore(name);
  return read && (() => call(read, read === 'task.get' ? { id } : {}));
};
