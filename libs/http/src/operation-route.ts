import type { TaskView } from '@precedent/contract-types';
import { fieldProblem } from '@precedent/contracts';
import type { Operation, OperationName } from '@precedent/contracts';
import { defined, errorOf, fieldPath } from '@precedent/kernel';
import { callerFor } from '@precedent/ports';
import type { CallingPrincipal, OperationTexts } from '@precedent/ports';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { checkUnchanged, isTagged, readBefore, sendJson, sendTagged, stateText } from './entity-tags.ts';
import { traceContextOf } from './observed.ts';
import { requestReader } from './read-request.ts';
import type { RequestFields, RequestParts } from './read-request.ts';
import { startsTask } from './routes.ts';
import type { RoutedOperation } from './routes.ts';
import { taskPath } from './submission.ts';
import { wantsStream } from './streams/send-stream.ts';
import type { streamAnswers } from './streams/stream-routes.ts';
import { callerSessionOf, namespaceOf } from './task-routes.ts';

export interface OperationRouteOptions {
  readonly prefix: string;
  readonly calls: OperationTexts;
  readonly streams: ReturnType<typeof streamAnswers>;
}

/** A route for one operation: its fields come from the path, the query and the body. */
export const addOperationRoute = (
  app: FastifyInstance,
  { prefix, calls, streams }: OperationRouteOptions,
  routed: RoutedOperation,
): void => {
  const { name, method, path, operation } = routed;
  const read = requestReader(routed);
  app.route({
    method,
    url: `${prefix}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    handler: async (request, reply) => {
      const caller = callerFor(callerSessionOf(request), namespaceOf(request));
      const fields = read(request as RequestParts);
      const stream = streams[name];
      if (stream && wantsStream(request)) {
        checkFields(operation, fields);
        return stream({ request, reply, caller, fields });
      }
      const call = callerOf(calls, request, caller);
      const before = await checkUnchanged(request, stateBefore(name, fields, call));
      const body = await call(name, { ...expectationIn(before), ...fields });
      if (startsTask(name)) reply.code(202).header('location', taskPath((JSON.parse(body) as TaskView).id));
      if (!isTagged(name)) return sendJson(reply, body);
      return sendTagged(request, reply, { state: stateText(name, body), body });
    },
  });
};

/** Checks the fields that a stream does not use; where it goes on is checked there. Throws INVALID_REQUEST. */
const checkFields = ({ request }: Operation, fields: RequestFields): void => {
  const [issue] = request.safeParse({ ...fields, after: undefined }).error?.issues ?? [];
  if (issue) throw errorOf(fieldProblem(fieldPath(issue.path.map(String)), issue.message, 'INVALID_REQUEST'));
};

/** Resolves to the reply as its service wrote it. */
type Call = (name: OperationName, request: RequestFields) => Promise<string>;

const callerOf =
  (calls: OperationTexts, request: FastifyRequest, caller: CallingPrincipal | undefined): Call =>
  (name, fields) => {
    const [group = '', verb = ''] = name.split('.');
    return calls.text({ group, verb, request: fields, caller, traceparent: traceContextOf(request) });
  };

/** The engine compares it in the turn in which the task changes. A list, and what the history knew, has none. */
const expectationIn = (state: string | undefined): RequestFields => {
  const { revision } = JSON.parse(state ?? '{}') as { readonly revision?: string | number };
  return revision === undefined ? {} : { expect: revision };
};

/** Reads what a change is about; `undefined`: nothing that has a state. */
const stateBefore = (
  name: OperationName,
  fields: RequestFields,
  call: Call,
): (() => Promise<string>) | undefined => {
  const read = readBefore(name);
  return read && (async () => stateText(read, await call(read, namedIn(read, fields))));
};

/** What a read has to know of a change: which task or definition it is about. A list needs nothing. */
const namedIn = (read: OperationName, { id, name, namespace }: RequestFields): RequestFields => {
  if (read === 'task.get') return { id };
  return read.startsWith('access.') ? {} : defined({ name, namespace });
};
