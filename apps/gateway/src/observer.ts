import { hostname } from 'node:os';
import type { Config } from '@precedent/config';
import type { LineLogger } from '@precedent/kernel';
import { gatewayMetrics, gatewaySpans, openEndpoint, openOtlp } from '@precedent/otel/gateway';
import { silentGateway } from '@precedent/ports';
import type { GatewayTelemetry, GatewayTelemetryEvent } from '@precedent/ports';
import { VERSION } from '@precedent/processes';

interface ObserverOptions {
  readonly config: Config;
  /** Of this gateway; another one at each start. */
  readonly name: string;
  /** Why no request could be answered now. */
  readonly problem: () => string | undefined;
  readonly log: LineLogger;
}

/** Where the events of the gateway go. */
export interface GatewayObserver {
  readonly telemetry: GatewayTelemetry;
  /** Delivers what waits, within a few seconds. Never rejects. */
  close(): Promise<void>;
}

interface Receiver {
  emit(event: GatewayTelemetryEvent): void;
  close(): Promise<void>;
}

/** Opens what the configuration asks for. */
export const observeGateway = async (options: ObserverOptions): Promise<GatewayObserver> => {
  const { metrics, otlpUrl } = options.config.monitoring;
  const served = metrics ? servedMetrics(options) : undefined;
  const traced = otlpUrl === '' ? undefined : await tracedRequests(options);
  const receivers = [served, traced].filter((one): one is Receiver => one !== undefined);
  return {
    telemetry: {
      begin: (traceparent) => (traced ?? silentGateway).begin(traceparent),
      emit: (event) => {
        for (const receiver of receivers) receiver.emit(event);
      },
    },
    close: async () => void (await Promise.all(receivers.map((receiver) => receiver.close()))),
  };
};

/** Metrics and health, for Prometheus and others. */
const servedMetrics = ({ config, problem, log }: ObserverOptions): Receiver => {
  const { host } = config.server;
  const metrics = gatewayMetrics();
  const report = () => ({ status: problem() === undefined ? ('ok' as const) : ('unavailable' as const) });
  const endpoint = openEndpoint({
    host,
    port: config.gateway.metricsPort,
    text: () => metrics.text(),
    health: { isAlive: true, report },
    onProblem: (message) => log('warn', () => message),
  });
  void endpoint.listening.then(() => {
    if (endpoint.port > 0) log('info', () => `metrics on http://${host}:${endpoint.port}/metrics`);
  });
  return { emit: (event) => metrics.emit(event), close: () => endpoint.close() };
};

/** Spans, delivered to a collector. */
const tracedRequests = async ({ config, name, log }: ObserverOptions) => {
  const resource = {
    'service.name': 'precedent-gateway',
    'service.version': VERSION,
    'service.instance.id': name,
    'host.name': hostname(),
    'precedent.cell': config.cell,
  };
  const onProblem = (message: string): void => log('warn', () => message);
  const sink = await openOtlp({ url: config.monitoring.otlpUrl, resource, onProblem });
  const spans = gatewaySpans({ percent: config.monitoring.tracePercent, write: (span) => sink.write(span) });
  return { ...spans, close: () => sink.close() };
};
