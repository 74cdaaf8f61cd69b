import type { AttributeValue, Attributes, HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { SpanRef } from './ids.ts';
import { SPAN_MIN_MS } from './span.ts';
import type { SpanAttributeName, SpanAttributes, SpanLink, SpanRecord } from './span.ts';

/** The numbers of OpenTelemetry. Its package with these constants is loaded only when spans are exported. */
const KINDS = { internal: 0, server: 1, client: 2, consumer: 4 } as const;
const UNSET = 0;
const ERROR = 2;
const SAMPLED = 1;

const SCOPE = { name: '@precedent/otel' };

/** A span as the SDK exports it. */
export const readableOf = (span: SpanRecord, resource: Resource): ReadableSpan => {
  const { name, kind, ref, parent, startAt, error } = span;
  const endAt = Math.max(span.endAt, startAt + SPAN_MIN_MS);
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => contextOf(ref),
    ...(parent && { parentSpanContext: { ...contextOf(parent), isRemote: true } }),
    startTime: hrTime(startAt),
    endTime: hrTime(endAt),
    duration: hrTime(endAt - startAt),
    ended: true,
    status: error === undefined ? { code: UNSET } : { code: ERROR, message: error },
    attributes: { ...definedAttributes(span.attributes), ...linkAttributesOf(span.links) },
    links: span.links.map(linkOf),
    events: span.events.map((event) => ({
      name: event.name,
      time: hrTime(event.at),
      attributes: definedAttributes(event.attributes),
    })),
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
};

const contextOf = ({ traceId, spanId }: SpanRef) => ({ traceId, spanId, traceFlags: SAMPLED });

const linkOf = ({ to, type }: SpanLink) => ({
  context: contextOf(to),
  attributes: { 'precedent.link.type': type },
});

/** The linked spans by type of link, as attributes of the span: some backends drop the attributes of links. */
const linkAttributesOf = (links: readonly SpanLink[]): Attributes => {
  const byType: Record<string, string[]> = {};
  for (const { to, type } of links) (byType[`precedent.links.${type}`] ??= []).push(refText(to));
  return byType;
};

const refText = ({ traceId, spanId }: SpanRef): string => `${traceId}/${spanId}`;

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];

/** The attributes that have a value. Two spans of every task pass here. */
const definedAttributes = (attributes: SpanAttributes): Attributes => {
  const given: Attributes = {};
  for (const name of Object.keys(attributes) as SpanAttributeName[]) {
    const value = attributes[name];
    if (value !== undefined) given[name] = value as AttributeValue;
  }
  return given;
};
