import {
  GATEWAY_ATTRIBUTES,
  GATEWAY_METRICS,
  GATEWAY_SPANS,
  METRICS,
  PREEMPT_EVENTS,
  SPANS,
  SPAN_ATTRIBUTES,
} from '@precedent/otel';
import type { MetricSpec, SpanSpec } from '@precedent/otel';
import { GATEWAY_EVENTS, TELEMETRY_EVENTS } from '@precedent/ports';
import type { EventNotes } from '@precedent/ports';
import { GENERATED, page, table } from './markdown.ts';

/** The reference page of all that the engine tells of itself. */
export const telemetryPage = (): string =>
  page(
    '# Telemetry',
    GENERATED,
    [
      'Libraries do not log: the engine emits typed events through the `Telemetry` port, and `@precedent/otel` makes metrics and',
      'spans of them. An event tells what the engine did, when it did it; the journal has it a little later, and is the truth.',
    ].join('\n'),
    '## Metrics',
    [
      'Served for Prometheus at `http://<server.host>:<server.metricsPort>/metrics` unless `monitoring.metrics` is false. Gauges of',
      'the cell are as of the last second, and absent where another engine owns it. Everything else begins at zero, with all label values',
      'that are known beforehand. No label holds an id. `deploy/prometheus` has rules and alerts, `deploy/grafana` a dashboard.',
    ].join('\n'),
    metricsTable(METRICS),
    '## Health',
    [
      'At the same port, by GET and HEAD, as JSON: `{"status":"ok","engine":"running","journal":"ok","epoch":3}`.',
      '',
      '- `/healthz`: 200, and 503 when the engine has failed: a restart may help. An engine that starts, stands by (`owner` is the one that',
      '  works) or waits for its journal is alive.',
      '- `/readyz`: 200 while it accepts tasks, 503 otherwise; `engine`, `journal` and `error` say why.',
    ].join('\n'),
    '## Spans',
    [
      'Delivered by OTLP over HTTP to `monitoring.otlpUrl`; none are made while that is empty. The span of a run and of a decision follow',
      'from what everybody knows of them (task, lease, decision), so a link can point at what has not ended yet, or what another',
      'engine has emitted. A run is in the trace of its submitter (`traceparent` of the task, or the header of its message), else in one',
      'of its own. What runs is handed the context of its own run (`traceparent` of the job, `TRACEPARENT` of a command, the header of',
      'an HTTP call), so that what it traces is below it; the submitter’s where the run is not traced. The status is an error only where an attempt or a rollback action has failed, never because of a preemption.',
      '`monitoring.tracePercent` thins out the runs of tasks without a trace; decisions, and all who are part of one, are always there.',
    ].join('\n'),
    spansTable(SPANS),
    'The type of a link is its attribute `precedent.link.type`; as many backends drop that, the span has `precedent.links.<type>` with what its\nlinks point at. Every span takes two microseconds at least. While it is open, `preempt` gathers events:',
    table(['event', 'what it tells'], rowsOf(PREEMPT_EVENTS)),
    '### Attributes',
    table(['attribute', 'what it tells'], rowsOf(SPAN_ATTRIBUTES)),
    '## Events',
    'For those who write another hearer of the port (`libs/ports/src/telemetry.port.ts`). Durations are milliseconds.',
    eventsTable(TELEMETRY_EVENTS),
    '## The gateway',
    [
      'Served at `http://<server.host>:<gateway.metricsPort>/metrics`, with `/healthz` and `/readyz` next to it. Requests have the names of the',
      'conventions of OpenTelemetry. The span of a request is below that of its client, and what it submits runs below it; where it is',
      'not traced, what the client sent is passed on.',
    ].join('\n'),
    metricsTable(GATEWAY_METRICS),
    spansTable(GATEWAY_SPANS),
    table(['attribute', 'what it tells'], rowsOf(GATEWAY_ATTRIBUTES)),
    'Its events, of `libs/ports/src/gateway-telemetry.port.ts`:',
    eventsTable(GATEWAY_EVENTS),
  );

const metricsTable = (metrics: Readonly<Record<string, MetricSpec>>): string =>
  table(
    ['metric', 'kind', 'labels', 'what it tells'],
    Object.entries(metrics).map(([name, { kind, labels, help }]) => [
      code(name),
      kind,
      labels.map(code).join(' '),
      help,
    ]),
  );

const spansTable = (spans: Readonly<Record<string, SpanSpec>>): string =>
  table(
    ['span', 'kind', 'parent', 'links', 'when'],
    Object.entries(spans).map(([name, { kind, parent, links, when }]) => [
      code(name),
      kind.toUpperCase(),
      parent,
      links.map(code).join(' '),
      when,
    ]),
  );

const eventsTable = (events: Readonly<Record<string, EventNotes>>): string =>
  table(
    ['event', 'when', 'what it tells'],
    Object.entries(events).map(([name, { when, fields }]) => [
      code(name),
      when,
      Object.entries(fields)
        .map(([field, what]) => `${code(field)}: ${what}`)
        .join('; '),
    ]),
  );

const rowsOf = (notes: Readonly<Record<string, string>>): string[][] =>
  Object.entries(notes).map(([name, what]) => [code(name), what]);

const code = (text: string): string => `\`${text}\``;
