import { hostname } from 'node:os';
import { agingOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import {
  fanOut,
  healthTelemetry,
  metricsTelemetry,
  openEndpoint,
  openOtlp,
  traceTelemetry,
} from '@precedent/otel';
import { lineLogger } from '@precedent/kernel';
import type { Clock, RunTraces, Telemetry } from '@precedent/ports';

export interface ObserverOptions {
  readonly config: Config;
  /** Names this engine among those of its cell. */
  readonly owner: string;
  readonly version: string;
  readonly clock: Clock;
  /** Receives every event first. */
  readonly log: Telemetry;
  readonly say: (line: string) => void;
}

/** Receivers of the engine's telemetry other than the log. */
export interface Observer {
  readonly telemetry: Telemetry;
  /** Absent while nothing is traced. */
  readonly traces: RunTraces | undefined;
  /** Delivers what waits, within a few seconds. Never rejects. */
  close(): Promise<void>;
}

interface Hearer extends Telemetry {
  close(): Promise<void>;
}

/** Opens what the configuration asks for. Nothing of it can keep the engine from working. */
export const openObserver = async (options: ObserverOptions): Promise<Observer> => {
  const { metrics, otlpUrl } = options.config.monitoring;
  const hearers: Hearer[] = [];
  if (metrics) hearers.push(served(options));
  const traces = otlpUrl === '' ? undefined : await traced(options);
  if (traces) hearers.push(traces);
  return {
    telemetry: fanOut([options.log, ...hearers]),
    traces,
    close: async () => void (await Promise.all(hearers.map((hearer) => hearer.close()))),
  };
};

/** Metrics and health, and where Prometheus and others find them. */
const served = (options: ObserverOptions): Hearer => {
  const { config, clock, say } = options;
  const log = lineLogger(config.monitoring.logLevel, say);
  const { host, metricsPort: port } = config.server;
  const metrics = metricsTelemetry({ clock, aging: agingOf(config) });
  const onProblem = warning(options);
  const health = healthTelemetry();
  const endpoint = openEndpoint({ host, port, text: () => metrics.text(), health, onProblem });
  const reportPort = (): void => {
    if (endpoint.port > 0) log('info', () => `metrics on http://${host}:${endpoint.port}/metrics`);
  };
  void endpoint.listening.then(reportPort);
  return { ...fanOut([metrics, health]), close: () => endpoint.close() };
};

/** Spans, delivered to a collector. */
const traced = async (options: ObserverOptions): Promise<Hearer & RunTraces> => {
  const { config, owner, version } = options;
  const { cell, monitoring } = config;
  const resource = {
    'service.name': 'precedent-engine',
    'service.version': version,
    'service.instance.id': owner,
    // Spans of one host have one clock: backends need not look for skew between them.
    'host.name': hostname(),
    'precedent.cell': cell,
  };
  const sink = await openOtlp({ url: monitoring.otlpUrl, resource, onProblem: warning(options) });
  const percent = monitoring.tracePercent;
  const tracer = traceTelemetry({ cell, percent, write: (span) => sink.write(span) });
  return { ...tracer, close: () => sink.close() };
};

/** Writes a problem once, however often it is met in a row. */
const warning = ({ config, say }: ObserverOptions): ((message: string) => void) => {
  const log = lineLogger(config.monitoring.logLevel, say);
  return (message) => log('warn', () => message);
};
