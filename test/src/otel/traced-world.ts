import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { readableOf, traceTelemetry } from '@precedent/otel';
import type { SpanRecord } from '@precedent/otel';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { world } from '../engine/world.ts';
import type { WorldOptions } from '../engine/world.ts';

/** A span as a test looks at it. Times are milliseconds; a span is named by `trace/span`. */
export interface SeenSpan {
  readonly name: string;
  readonly kind: string;
  readonly ref: string;
  readonly parent: string | undefined;
  readonly startAt: number;
  readonly endAt: number;
  readonly status: string;
  readonly attributes: Attributes;
  /** `type` → `trace/span`. */
  readonly links: readonly (readonly [type: string, ref: string])[];
  readonly events: readonly { readonly name: string; readonly at: number; readonly attributes: Attributes }[];
}

export interface TracedOptions extends WorldOptions {
  readonly percent?: number;
}

/** A world whose engines are traced, with an exporter in memory. */
export const tracedWorld = async ({ percent = 100, ...options }: TracedOptions = {}) => {
  const exporter = new InMemorySpanExporter();
  const processor = new SimpleSpanProcessor({ exporter });
  const resource = resourceFromAttributes({ 'service.name': 'precedent-engine' });
  const w = await world({ preemption: DEFAULT_POLICY, ...options, started: false });
  const write = (span: SpanRecord): void => processor.onEnd(readableOf(span, resource));
  const tracer = traceTelemetry({ cell: 'main', percent, write });
  w.listeners.push(tracer);
  w.traces = tracer;
  await w.start();
  const spans = (): readonly SeenSpan[] => exporter.getFinishedSpans().map(seen);
  return {
    w,
    spans,
    named: (name: string): readonly SeenSpan[] => spans().filter((span) => span.name === name),
    one: (name: string): SeenSpan => {
      const [first, ...more] = spans().filter((span) => span.name === name);
      if (first === undefined) throw new Error(`no span ${name} among ${names(spans())}`);
      if (more.length > 0) throw new Error(`${more.length + 1} spans ${name}`);
      return first;
    },
  };
};

const names = (spans: readonly SeenSpan[]): string => spans.map(({ name }) => name).join(', ');

const refOf = ({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string =>
  `${traceId}/${spanId}`;

const ms = ([seconds, nanos]: readonly [number, number]): number => seconds * 1_000 + nanos / 1e6;

const seen = (span: ReadableSpan): SeenSpan => ({
  name: span.name,
  kind: SpanKind[span.kind],
  ref: refOf(span.spanContext()),
  parent: span.parentSpanContext && refOf(span.parentSpanContext),
  startAt: ms(span.startTime),
  endAt: ms(span.endTime),
  status: SpanStatusCode[span.status.code],
  attributes: span.attributes,
  links: span.links.map(
    (link) => [String(link.attributes?.['precedent.link.type']), refOf(link.context)] as const,
  ),
  events: span.events.map(({ name, time, attributes = {} }) => ({ name, at: ms(time), attributes })),
});
