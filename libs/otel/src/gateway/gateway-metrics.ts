import type { GatewayTelemetryEvent } from '@precedent/ports';
import { processMetrics } from '../metrics/process-metrics.ts';
import { Registry } from '../metrics/registry.ts';
import type { MetricSpec } from '../metrics/registry.ts';
import { PROCESS_METRICS } from '../metrics/process-specs.ts';

/** Those that the conventions of OpenTelemetry recommend. Seconds. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const duration = (help: string, ...labels: readonly string[]): MetricSpec => ({
  kind: 'histogram',
  help,
  labels,
  buckets: DURATIONS,
});

/** Every metric of the gateway. Names and labels of requests are those of the conventions of OpenTelemetry, as Prometheus spells them. */
export const GATEWAY_METRICS = {
  http_server_request_duration_seconds: duration(
    'Requests over HTTP, by their duration; of streams: for how long they were open.',
    'http_request_method',
    'http_route',
    'http_response_status_code',
  ),
  rpc_server_call_duration_seconds: duration(
    'Calls over gRPC, gRPC-Web and Connect, by their duration.',
    'rpc_method',
    'rpc_response_status_code',
  ),
  mcp_server_operation_duration_seconds: duration(
    'Requests over MCP, by their duration.',
    'mcp_method_name',
    'gen_ai_tool_name',
    'error_type',
  ),
  precedent_gateway_streams: { kind: 'gauge', help: 'Open streams, over all interfaces.', labels: [] },
  precedent_gateway_limited_total: {
    kind: 'counter',
    help: 'Requests that a limit refused.',
    labels: ['limit'],
  },
  precedent_gateway_gaps_total: {
    kind: 'counter',
    help: 'Gaps that streams of events have stated.',
    labels: [],
  },
  ...PROCESS_METRICS,
} as const satisfies Record<string, MetricSpec>;

const LIMITS = ['rate', 'in_flight', 'streams'] as const;

export interface GatewayMetrics {
  emit(event: GatewayTelemetryEvent): void;
  /** In the text format of Prometheus, version 0.0.4. */
  text(): string;
}

/** Counts the events of the gateway. */
export const gatewayMetrics = (): GatewayMetrics => {
  const registry = new Registry(GATEWAY_METRICS);
  const sampleProcess = processMetrics(registry);
  const streams = registry.value('precedent_gateway_streams');
  const gaps = registry.value('precedent_gateway_gaps_total');
  for (const limit of LIMITS) registry.value('precedent_gateway_limited_total', limit);
  return {
    emit: (event) => {
      if (event.name === 'streams.open') streams.set(event.count);
      else if (event.name === 'stream.gap') gaps.add();
      else if (event.name === 'request.limited')
        registry.value('precedent_gateway_limited_total', event.limit).add();
      else observe(registry, event);
    },
    text: () => {
      sampleProcess();
      return registry.text();
    },
  };
};

type RequestEvent = Extract<GatewayTelemetryEvent, { readonly at: number }>;

const observe = (registry: Registry<keyof typeof GATEWAY_METRICS>, event: RequestEvent): void => {
  const seconds = event.ms / 1_000;
  if (event.name === 'http.request') {
    const { method, route, status } = event;
    registry
      .distribution('http_server_request_duration_seconds', method, route, String(status))
      .observe(seconds);
  } else if (event.name === 'rpc.call')
    registry.distribution('rpc_server_call_duration_seconds', event.method, event.code).observe(seconds);
  else {
    const { method, tool = '', error = '' } = event;
    registry.distribution('mcp_server_operation_duration_seconds', method, tool, error).observe(seconds);
  }
};
