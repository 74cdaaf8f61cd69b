import { Readable } from 'node:stream';
import type { SubmitReply, TaskView } from '@precedent/contract-types';
import { errorOf, problemOf } from '@precedent/kernel';
import { callerFor } from '@precedent/ports';
import type { CallerSession, CallingPrincipal, OperationCalls, SubmitAll } from '@precedent/ports';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { traceContextOf } from './observed.ts';
import { bodyWithKey, listStatus, submissionOptions, taskPath } from './submission.ts';
import type { SubmissionOptions } from './submission.ts';
import { lineResults } from './task-lines.ts';

export const LINES_TYPE = 'application/x-ndjson';

interface SubmissionRequest extends SubmissionOptions {
  readonly caller: CallingPrincipal | undefined;
  readonly traceparent: string | undefined;
}

export interface TaskRouteOptions {
  readonly prefix: string;
  /** How long the client of a stream may send nothing. Milliseconds. */
  readonly stallMs: number;
}

/** Submits tasks: one, a list, or a stream of lines. */
export const addTaskRoutes = (
  app: FastifyInstance,
  calls: OperationCalls,
  { prefix, stallMs }: TaskRouteOptions,
): void => {
  app.addContentTypeParser(LINES_TYPE, (_request, payload, done) => done(null, payload));
  app.post(`${prefix}/tasks`, async (request, reply) => {
    const submission = submissionOf(request);
    const submit: SubmitAll = async (tasks) => {
      const answer = await submitted(calls, submission, tasks);
      return answer as readonly SubmitReply[];
    };
    if (isStream(request)) return sendLines(request, reply, { submit, stallMs });
    const body = bodyWithKey(request.body, submission.idempotencyKey);
    if (Array.isArray(body)) {
      const replies = await submit(body);
      return reply.code(listStatus(replies)).send(replies);
    }
    return sendAccepted(calls, submission, body, reply);
  });
};

/** Whether the body is a stream of lines. */
export const isStream = ({ headers }: FastifyRequest): boolean =>
  headers['content-type']?.startsWith(LINES_TYPE) === true;

const submissionOf = (request: FastifyRequest): SubmissionRequest => {
  const key = request.headers['idempotency-key'];
  const options = submissionOptions(
    request.query as Record<string, string>,
    Array.isArray(key) ? key.join(', ') : key,
  );
  return {
    ...options,
    caller: callerFor(callerSessionOf(request), namespaceOf(request)),
    traceparent: traceContextOf(request),
  };
};

export const callerSessionOf = (request: FastifyRequest): CallerSession =>
  request.getDecorator<CallerSession>('session');

/** That of the query, or of the body; of a list that of its first task. */
export const namespaceOf = ({ query, body }: FastifyRequest): unknown => {
  const { namespace } = query as { namespace?: unknown };
  if (namespace !== undefined) return namespace;
  const first: unknown = Array.isArray(body) ? body[0] : body;
  return typeof first === 'object' && first !== null && 'namespace' in first ? first.namespace : undefined;
};

const submitted = (
  calls: OperationCalls,
  { band, caller, traceparent }: SubmissionRequest,
  request: unknown,
): Promise<unknown> => calls.call({ group: 'submit', verb: band, request, caller, traceparent });

const sendAccepted = async (
  calls: OperationCalls,
  submission: SubmissionRequest,
  task: unknown,
  reply: FastifyReply,
): Promise<FastifyReply> => {
  const accepted = (await submitted(calls, submission, task)) as SubmitReply;
  if ('error' in accepted) throw errorOf(accepted.error);
  reply.header('location', taskPath(accepted.id));
  if (accepted.duplicate) reply.header('idempotent-replayed', 'true');
  if (submission.waitMs === undefined) return reply.code(202).send(accepted);
  const view = (await calls.call({
    group: 'task',
    verb: 'wait',
    request: { id: accepted.id, timeoutMs: submission.waitMs },
    caller: submission.caller,
  })) as TaskView;
  return reply.code(view.settledAt === undefined ? 202 : 200).send(view);
};

interface Lines {
  readonly submit: SubmitAll;
  readonly stallMs: number;
}

/** A line for each line, in order. The client is read only as fast as its tasks are committed and its results are taken. */
const sendLines = (
  request: FastifyRequest,
  reply: FastifyReply,
  { submit, stallMs }: Lines,
): FastifyReply => {
  const gone = new AbortController();
  request.raw.once('close', () => {
    if (!request.raw.complete) gone.abort();
  });
  const results = async function* (): AsyncGenerator<string> {
    try {
      const body = request.body as AsyncIterable<Buffer>;
      for await (const answered of lineResults(body, submit, { stallMs, signal: gone.signal }))
        if (answered.length > 0) yield answered.map((result) => `${JSON.stringify(result)}\n`).join('');
    } catch (error) {
      // The status was sent long ago: the last line says why there are no more.
      yield `${JSON.stringify({ error: problemOf(error) })}\n`;
    }
  };
  return reply
    .code(200)
    .type(LINES_TYPE)
    .send(Readable.from(results(), { objectMode: true }));
};
