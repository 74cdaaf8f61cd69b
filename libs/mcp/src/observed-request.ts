import { fieldOf } from '@precedent/kernel';
import type { GatewayTelemetry } from '@precedent/ports';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { McpRequest } from './mcp-handler.ts';

/** A method of the protocol; other texts would make a series of metrics each. */
const METHOD = /^[a-z]+(\/[a-z_]+){0,2}$/i;

/** Reports a request when its answer has been sent. Returns what its answer needs to know of that. */
export const observedRequest = (
  { headers, body }: FastifyRequest,
  { raw }: FastifyReply,
  telemetry: GatewayTelemetry,
): Pick<McpRequest, 'traceparent' | 'onCalled'> => {
  const begunAt = performance.now();
  const sent = sentContext(body, headers['traceparent']);
  const span = telemetry.begin(sent);
  const called: { tool?: string; isError?: boolean } = {};
  raw.once('close', () => {
    const ms = performance.now() - begunAt;
    const refused = raw.statusCode >= 400 ? String(raw.statusCode) : undefined;
    telemetry.emit({
      name: 'mcp.request',
      at: Date.now() - ms,
      ms,
      span,
      method: methodIn(body),
      tool: called.tool,
      error: called.isError === true ? 'tool_error' : refused,
    });
  });
  return {
    traceparent: span?.traceparent ?? sent,
    onCalled: (tool, isError) => Object.assign(called, { tool, isError }),
  };
};

const methodIn = (body: unknown): string => {
  const method = fieldOf(body, 'method');
  return typeof method === 'string' && METHOD.test(method) ? method : '_OTHER';
};

/** That of the message, as SEP-414 has it, or of the request. */
const sentContext = (body: unknown, header: unknown): string | undefined => {
  const sent = fieldOf(fieldOf(fieldOf(body, 'params'), '_meta'), 'traceparent') ?? header;
  return typeof sent === 'string' ? sent : undefined;
};
