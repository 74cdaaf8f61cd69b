export { gatewayMetrics } from './gateway/gateway-metrics.ts';
export { gatewaySpans } from './gateway/gateway-spans.ts';
export { openEndpoint } from './metrics/endpoint.ts';
export { openOtlp } from './traces/otlp.ts';
