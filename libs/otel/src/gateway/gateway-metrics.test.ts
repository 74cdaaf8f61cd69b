import { expect, it } from 'vitest';
import { GATEWAY_METRICS, gatewayMetrics } from './gateway-metrics.ts';

/** Dashboards and alerts depend on every one: add rows, never change them. */
const PINNED = {
  http_server_request_duration_seconds: 'histogram http_request_method http_route http_response_status_code',
  rpc_server_call_duration_seconds: 'histogram rpc_method rpc_response_status_code',
  mcp_server_operation_duration_seconds: 'histogram mcp_method_name gen_ai_tool_name error_type',
  precedent_gateway_streams: 'gauge',
  precedent_gateway_limited_total: 'counter limit',
  precedent_gateway_gaps_total: 'counter',
  process_resident_memory_bytes: 'gauge',
  process_heap_bytes: 'gauge',
  process_cpu_seconds_total: 'counter',
  process_start_time_seconds: 'gauge',
  nodejs_eventloop_utilization: 'gauge',
};

it('keeps the names, kinds and labels of the metrics of the gateway', () => {
  const now = Object.entries(GATEWAY_METRICS).map(([name, { kind, labels }]) => [
    name,
    [kind, ...labels].join(' '),
  ]);
  expect(Object.fromEntries(now)).toEqual(PINNED);
});

it('counts requests by interface, operation and code, and what was refused', () => {
  const metrics = gatewayMetrics();
  const request = { at: 1, ms: 30, span: undefined };
  metrics.emit({ name: 'http.request', ...request, method: 'GET', route: '/api/v1/tasks/:id', status: 200 });
  metrics.emit({ name: 'rpc.call', ...request, method: 'precedent.v1.TaskService/ListTasks', code: 'OK' });
  const mcp = { name: 'mcp.request', ...request, method: 'tools/call' } as const;
  metrics.emit({ ...mcp, tool: 'get_task', error: 'tool_error' });
  metrics.emit({ ...mcp, tool: undefined, error: undefined });
  metrics.emit({ name: 'request.limited', limit: 'rate' });
  metrics.emit({ name: 'streams.open', count: 3 });
  metrics.emit({ name: 'stream.gap' });
  const text = metrics.text();
  for (const line of [
    'http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/api/v1/tasks/:id",http_response_status_code="200",le="0.025"} 0',
    'http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/api/v1/tasks/:id",http_response_status_code="200",le="0.05"} 1',
    'rpc_server_call_duration_seconds_sum{rpc_method="precedent.v1.TaskService/ListTasks",rpc_response_status_code="OK"} 0.03',
    'mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call",gen_ai_tool_name="get_task",error_type="tool_error"} 1',
    'mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call",gen_ai_tool_name="",error_type=""} 1',
    'precedent_gateway_limited_total{limit="rate"} 1',
    'precedent_gateway_limited_total{limit="streams"} 0',
    'precedent_gateway_streams 3',
    'precedent_gateway_gaps_total 1',
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).toMatch(/process_resident_memory_bytes \d+/);
});
