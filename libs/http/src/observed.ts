import type { GatewayTelemetry, RequestSpan } from '@precedent/ports';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The decorator of a request with its span. */
const SPAN = 'span';

/** Reports each request when its answer has been sent, also one for which there is no route. */
export const observeRequests = (app: FastifyInstance, telemetry: GatewayTelemetry): void => {
  app.decorateRequest(SPAN, null);
  app.addHook('onRequest', (request, _reply, done) => {
    const span = telemetry.begin(headerOf(request));
    if (span) request.setDecorator<RequestSpan>(SPAN, span);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const ms = reply.elapsedTime;
    telemetry.emit({
      name: 'http.request',
      at: Date.now() - ms,
      ms,
      method: request.method,
      route: request.routeOptions.url ?? '',
      status: reply.statusCode,
      span: spanOf(request),
    });
    done();
  });
};

const spanOf = (request: FastifyRequest): RequestSpan | undefined =>
  request.getDecorator<RequestSpan | null>(SPAN) ?? undefined;

const headerOf = ({ headers }: FastifyRequest): string | undefined =>
  typeof headers['traceparent'] === 'string' ? headers['traceparent'] : undefined;

/** The trace context of what is behind a request: its span, or what its client sent. */
export const traceContextOf = (request: FastifyRequest): string | undefined =>
  spanOf(request)?.traceparent ?? headerOf(request);
