import { LIMITS } from '@precedent/contracts';
import { AppError, isAppError, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { silentGateway } from '@precedent/ports';
import type {
  Authenticate,
  CallerSession,
  GatewayTelemetry,
  Listener,
  ListenerOptions,
  OperationTexts,
  PassingEvents,
  Quota,
  TaskEvents,
} from '@precedent/ports';
import { OpenStreams, STALL_MS, addressLimit, inFlightLimit, served, webApp } from '@precedent/web-server';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DOCS_POLICY, docsPage } from './docs-page.ts';
import { addHealthRoutes } from './health.ts';
import type { HealthProbe } from './health.ts';
import { jsonIn } from './json-body.ts';
import { observeRequests } from './observed.ts';
import { openApiDocument } from './openapi/document.ts';
import { addOperationRoute } from './operation-route.ts';
import { PROBLEM_TYPE, documentOfError, retryAfterOf } from './problem.ts';
import type { ProblemDocument } from './problem.ts';
import { ROUTED, methodsOf } from './routes.ts';
import { addLoginRoutes } from './session/login-routes.ts';
import { credentialReader } from './session/request-credential.ts';
import type { RequestCredential } from './session/request-credential.ts';
import { SESSION_METHODS, addSessionRoutes, addSessionStart } from './session/session-routes.ts';
import type { SessionOptions } from './session/session-store.ts';
import { addLiveRoute } from './streams/live-routes.ts';
import { addTaskEventsRoute, streamAnswers } from './streams/stream-routes.ts';
import { addTaskRoutes, isStream } from './task-routes.ts';

export interface HttpServerOptions extends ListenerOptions {
  /** Of this program. */
  readonly version: string;
  readonly calls: OperationTexts;
  readonly authenticate: Authenticate;
  readonly health: HealthProbe;
  /** Sessions of browsers; without it no cookie counts. */
  readonly sessions?: SessionOptions;
  /** Requests of one credential at the same time, with long polls and streams. */
  readonly inFlightMax?: number;
  readonly events: TaskEvents;
  /** Of the gateway, over all its interfaces. */
  readonly open?: OpenStreams;
  /** Absent: streams have events of the journal only. */
  readonly passing?: PassingEvents;
  /** Between two heartbeats of a stream, and two looks at its credential. Milliseconds; 15 seconds by default. */
  readonly heartbeatMs?: number;
  /** How long a body may take, and how long a stream may send nothing. Milliseconds; a minute by default. */
  readonly stallMs?: number;
  readonly telemetry?: GatewayTelemetry;
  /** Called with what is our fault, once for each such answer. */
  readonly onFault: (problem: Problem) => void;
}

const IN_FLIGHT_MAX = 1_000;
/** Of one address. */
const LOGINS_PER_MINUTE = 600;
const PREFIX = '/api/v1';
const HEARTBEAT_MS = 15_000;
/** A list of tasks, each of the size that one may have, is larger; then send lines. Bytes. */
const BODY_BYTES = 4 * 1024 * 1024;

/** Serves the operations of the catalogue. Rejects PORT_IN_USE. */
export const openHttpServer = async (options: HttpServerOptions): Promise<Listener> => {
  const { version, calls, authenticate, health, tls, hosts, connectionsMax } = options;
  const { stallMs = STALL_MS, heartbeatMs = HEARTBEAT_MS, open = new OpenStreams() } = options;
  const app = webApp({
    tls,
    stallMs,
    hosts,
    connectionsMax,
    isStream,
    unreadable: (error) => ({ type: PROBLEM_TYPE, text: JSON.stringify(documentOfError(error)) }),
    bodyLimit: BODY_BYTES,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: LIMITS.idChars * 3 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJsonBody);
  observeRequests(app, options.telemetry ?? silentGateway);
  app.decorateRequest('session', null);
  app.decorateRequest('credential', null);
  app.setErrorHandler((error: FastifyError, _request, reply) => sendProblem(options, error, reply));
  app.setNotFoundHandler((request, reply) => sendUnknown(request, reply));
  addHealthRoutes(app, health, version);
  const document = openApiDocument(version);
  app.get(`${PREFIX}/openapi.json`, (_request, reply) => reply.send(document));
  app.get(`${PREFIX}/docs`, (_request, reply) => sendDocs(reply, docsPage(document)));
  if (options.sessions) addSessionPages(app, { authenticate, sessions: options.sessions });
  const credentialOf = credentialReader(options.sessions);
  const enter = inFlightLimit(options.inFlightMax ?? IN_FLIGHT_MAX, options.telemetry);
  await app.register((closed, _options, done) => {
    closed.addHook('onRequest', async (request, reply) => {
      const credential = await credentialOf(request, reply);
      const session = await authenticate(credential.token, request.ip);
      enter(session.credential ?? 'local', reply.raw);
      if (session.quota) reply.headers(quotaHeaders(session.quota));
      request.setDecorator<CallerSession>('session', session);
      request.setDecorator<RequestCredential>('credential', credential);
    });
    addSessionRoutes(closed, PREFIX, options.sessions);
    addTaskRoutes(closed, calls, { prefix: PREFIX, stallMs });
    const following = { ...options, stallMs, open, closing: closingOf(app), heartbeatMs };
    const streams = streamAnswers(following);
    addTaskEventsRoute(closed, PREFIX, following);
    addLiveRoute(closed, PREFIX, following);
    for (const routed of ROUTED)
      if (routed.name !== 'submit.submit')
        addOperationRoute(closed, { prefix: PREFIX, calls, streams }, routed);
    done();
  });
  return served(app, options, 'gateway.httpPort');
};

interface SessionPages {
  readonly authenticate: Authenticate;
  readonly sessions: SessionOptions;
}

const addSessionPages = (app: FastifyInstance, { authenticate, sessions }: SessionPages): void => {
  const limit = addressLimit('logins', LOGINS_PER_MINUTE);
  addLoginRoutes(app, { sessions, limit });
  addSessionStart(app, PREFIX, { sessions, limit, authenticate });
};

const sendDocs = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .headers({ 'content-security-policy': DOCS_POLICY, 'x-content-type-options': 'nosniff' })
    .send(html);

/** Draft 11 of the RateLimit fields of the IETF. */
const quotaHeaders = ({ limit, windowMs, remaining, resetMs }: Quota) => ({
  'ratelimit-policy': `"default";q=${limit};w=${windowMs / 1_000}`,
  ratelimit: `"default";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`,
});

/** Aborted when the server is about to close, which waits for what is open. */
const closingOf = (app: FastifyInstance): AbortSignal => {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  return closing.signal;
};

/** An empty body is none: clients send the type of a body with a request that has none. */
const readJsonBody = async (_request: unknown, body: Buffer): Promise<unknown> =>
  Promise.resolve(body.length === 0 ? undefined : jsonIn(body));

/** 405, with the methods that there are, where the path is one of ours. */
const sendUnknown = ({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const [path = ''] = url.split('?');
  const operations = path.startsWith(PREFIX) ? methodsOf(path.slice(PREFIX.length)) : [];
  const methods = [...operations, ...(SESSION_METHODS[path] ?? [])];
  const document = documentOfError(new AppError('NO_SUCH_OPERATION', `there is no ${method} ${path}`));
  if (methods.length === 0) return sendDocument(document, reply);
  return sendDocument({ ...document, status: 405 }, reply.header('allow', methods.join(', ')));
};

const sendProblem = ({ onFault }: HttpServerOptions, error: unknown, reply: FastifyReply): FastifyReply => {
  // What fastify finds wrong with a request for which there is no route.
  if (reply.request.is404 && !isAppError(error)) return sendUnknown(reply.request, reply);
  const document = documentOfError(error, reply.request.headers['content-type']);
  if (document.status === 500) onFault(problemOf(error));
  return sendDocument(document, reply);
};

const sendDocument = (document: ProblemDocument, reply: FastifyReply): FastifyReply => {
  const { status } = document;
  const retryAfter = retryAfterOf(document);
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  if (document.code === 'RATE_LIMITED') reply.header('ratelimit', `"default";r=0;t=${retryAfter ?? 1}`);
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="precedent"');
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(document)));
};
