import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { settlesWithin } from '@precedent/kernel';
import { readableOf } from './readable.ts';
import type { SpanRecord } from './span.ts';

export interface OtlpOptions {
  /** Of a collector: `http://127.0.0.1:4318`, or with the path of its traces. */
  readonly url: string;
  /** Resource attributes of this process, such as `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
  /** Called when spans cannot be delivered, and when they are delivered again. */
  readonly onProblem: (message: string) => void;
}

export interface SpanSink {
  write(span: SpanRecord): void;
  /** Delivers the waiting spans, if the collector takes them within two seconds. Never rejects. */
  close(): Promise<void>;
}

/** Waiting spans, at most; further ones are dropped. Enough for two seconds at the full throughput of the engine. */
const QUEUE_MAX = 32_768;
const BATCH_MAX = 2_048;
const DELAY_MS = 1_000;
const TIMEOUT_MS = 5_000;
const CLOSE_MS = 2_000;

/**
 * Sends spans to a collector by OTLP over HTTP. The SDK is loaded here and not before, because it takes 17 MB, which an engine without a
 * collector does not need.
 */
export const openOtlp = async ({ url, resource, onProblem }: OtlpOptions): Promise<SpanSink> => {
  const [{ OTLPTraceExporter }, { BatchSpanProcessor }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new OTLPTraceExporter({ url: tracesUrl(url), timeoutMillis: TIMEOUT_MS });
  const processor = new BatchSpanProcessor({
    exporter: reportingExporter(exporter, onProblem),
    maxQueueSize: QUEUE_MAX,
    maxExportBatchSize: BATCH_MAX,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: TIMEOUT_MS,
  });
  const ofProcess = resourceFromAttributes(resource);
  return {
    write: (span) => processor.onEnd(readableOf(span, ofProcess)),
    // The shutdown rejects when the collector is unreachable; the process ends anyway.
    close: async () => void (await settlesWithin(processor.shutdown(), CLOSE_MS)),
  };
};

/** Reports once that spans are not delivered, and once that they are again. */
const reportingExporter = (exporter: SpanExporter, onProblem: (message: string) => void): SpanExporter => {
  let isDown = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !isDown)
          onProblem(`spans are not delivered: ${result.error?.message ?? 'no reason given'}`);
        if (!failed && isDown) onProblem('spans are delivered again');
        isDown = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
};

/** The URL with the standard path for traces, where it has no path. */
export const tracesUrl = (url: string): string => {
  const parsed = new URL(url);
  if (parsed.pathname === '/' || parsed.pathname === '') parsed.pathname = '/v1/traces';
  return parsed.href;
};
