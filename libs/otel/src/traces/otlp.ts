import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { settlesWithin } from '@precedent/kernel';
import { readableOf } from './readable.ts';
import type { SpanRecord } from './span.ts';

export interface OtlpOptions {
  /** Of a collector: `http://127.0.0.1:4318`, or with the path of its traces. */
  readonly url: string;
  /** What this process is: `service.name` and the like. */
  readonly resource: Readonly<Record<string, string>>;
  /** Called when spans could not be delivered, and when they can again. */
  readonly onProblem: (message: string) => void;
}

export interface SpanSink {
  write(span: SpanRecord): void;
  /** Delivers what is there, if that can be done within two seconds. Never rejects. */
  close(): Promise<void>;
}

/** Spans that wait at most; those beyond are dropped. A burst of two seconds at the engine's full throughput. */
const QUEUE_MAX = 32_768;
const BATCH_MAX = 2_048;
const DELAY_MS = 1_000;
const TIMEOUT_MS = 5_000;
const CLOSE_MS = 2_000;

/**
 * Sends spans to a collector by OTLP over HTTP. The SDK is loaded here and not before: it costs 17 MB that an engine without
 * a collector does not have to pay.
 */
export const openOtlp = async ({ url, resource, onProblem }: OtlpOptions): Promise<SpanSink> => {
  const [{ OTLPTraceExporter }, { BatchSpanProcessor }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new OTLPTraceExporter({ url: tracesUrl(url), timeoutMillis: TIMEOUT_MS });
  const processor = new BatchSpanProcessor({
    exporter: watched(exporter, onProblem),
    maxQueueSize: QUEUE_MAX,
    maxExportBatchSize: BATCH_MAX,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: TIMEOUT_MS,
  });
  const ofProcess = resourceFromAttributes(resource);
  return {
    write: (span) => processor.onEnd(readableOf(span, ofProcess)),
    // The shutdown rejects when the collector is away; that is no reason not to end.
    close: async () => void (await settlesWithin(processor.shutdown(), CLOSE_MS)),
  };
};

/** Says once that it does not work, and once that it does again. */
const watched = (exporter: SpanExporter, onProblem: (message: string) => void): SpanExporter => {
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

/** The path of traces, where the address names none. */
export const tracesUrl = (url: string): string => {
  const parsed = new URL(url);
  if (parsed.pathname === '/' || parsed.pathname === '') parsed.pathname = '/v1/traces';
  return parsed.href;
};
