import { randomBytes } from 'node:crypto';
import type { GatewayTelemetryEvent, RequestSpan } from '@precedent/ports';
import { parseTraceparent, traceparentText } from '../traces/ids.ts';
import type { SpanRef } from '../traces/ids.ts';
import type { SpanSpec } from '../traces/span-table.ts';
import type { SpanAttributes, SpanRecord } from '../traces/span.ts';

/** Every span of the gateway. `docs/telemetry.md` is generated from it. */
export const GATEWAY_SPANS = {
  '<method> <route>': {
    kind: 'server',
    when: 'A request over HTTP, to the end of its answer; a submission’s runs are below it.',
    parent: 'that of the client (`traceparent`)',
    links: [],
  },
  '<service>/<method>': {
    kind: 'server',
    when: 'A call over gRPC, gRPC-Web or Connect.',
    parent: 'that of the client (`traceparent`)',
    links: [],
  },
  '<mcp method> <tool>': {
    kind: 'server',
    when: 'A request over MCP.',
    parent: 'that of the client (`_meta.traceparent`, or the header)',
    links: [],
  },
} as const satisfies Record<string, SpanSpec>;

/** Their attributes, as the conventions of OpenTelemetry name them. */
export const GATEWAY_ATTRIBUTES = {
  'http.request.method': 'the method',
  'http.route': 'the template of the path',
  'http.response.status_code': 'the status',
  'rpc.system.name': '`grpc`',
  'rpc.method': 'service and method',
  'rpc.response.status_code': 'the code, such as `NOT_FOUND`',
  'mcp.method.name': 'the method of the protocol',
  'gen_ai.tool.name': 'the tool that is called',
  'gen_ai.operation.name': '`execute_tool`, for a call of a tool',
  'error.type':
    'the status of what failed by a fault of ours; `tool_error`, where the result of a tool is an error',
} as const;

export interface GatewaySpansOptions {
  /** Of the requests without a trace context, 0 to 100. The sampling flag of a context decides for a request that has one. */
  readonly percent: number;
  /** Gets each span when it has ended. */
  readonly write: (span: SpanRecord) => void;
}

interface BegunSpan extends RequestSpan {
  readonly ref: SpanRef;
  readonly parent: SpanRef | undefined;
}

const [TRACE_BYTES, SPAN_BYTES] = [16, 8];

/** Makes spans of the requests of the gateway. */
export const gatewaySpans = ({ percent, write }: GatewaySpansOptions) => ({
  begin: (traceparent: string | undefined): BegunSpan | undefined => {
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    if (parent ? !parent.sampled : Math.random() * 100 >= percent) return undefined;
    const traceId = parent?.traceId ?? randomBytes(TRACE_BYTES).toString('hex');
    const ref = { traceId, spanId: randomBytes(SPAN_BYTES).toString('hex') };
    return { ref, parent, traceparent: traceparentText(ref) };
  },
  emit: (event: GatewayTelemetryEvent): void => {
    if (!('span' in event) || event.span === undefined) return;
    const { ref, parent } = event.span as BegunSpan;
    const { name, attributes } = describedBy(event);
    write({
      name,
      kind: 'server',
      ref,
      parent,
      startAt: event.at,
      endAt: event.at + event.ms,
      attributes,
      links: [],
      events: [],
      error: attributes['error.type'] as string | undefined,
    });
  },
});

type RequestEvent = Extract<GatewayTelemetryEvent, { readonly at: number }>;

const describedBy = (event: RequestEvent): { readonly name: string; readonly attributes: SpanAttributes } => {
  if (event.name === 'http.request') return httpSpan(event);
  if (event.name === 'rpc.call') return rpcSpan(event);
  const { method, tool, error } = event;
  const attributes = {
    'mcp.method.name': method,
    ...(tool !== undefined && { 'gen_ai.tool.name': tool, 'gen_ai.operation.name': 'execute_tool' }),
    'error.type': error,
  };
  return { name: tool === undefined ? method : `${method} ${tool}`, attributes };
};

const httpSpan = ({ method, route, status }: Extract<RequestEvent, { name: 'http.request' }>) => ({
  name: route === '' ? method : `${method} ${route}`,
  attributes: {
    'http.request.method': method,
    'http.route': route === '' ? undefined : route,
    'http.response.status_code': status,
    'error.type': status >= 500 ? String(status) : undefined,
  },
});

/** Codes that the conventions count as faults of a server. */
const FAULTS = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

const rpcSpan = ({ method, code }: Extract<RequestEvent, { name: 'rpc.call' }>) => ({
  name: method,
  attributes: {
    'rpc.system.name': 'grpc',
    'rpc.method': method,
    'rpc.response.status_code': code,
    'error.type': FAULTS.has(code) ? code : undefined,
  },
});
