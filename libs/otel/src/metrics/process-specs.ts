import type { MetricSpec } from './registry.ts';

const gauge = (help: string): MetricSpec => ({ kind: 'gauge', help, labels: [] });
const counter = (help: string): MetricSpec => ({ kind: 'counter', help, labels: [] });

/** What every process measures of itself. */
export const PROCESS_METRICS = {
  process_resident_memory_bytes: gauge('Resident memory.'),
  process_heap_bytes: gauge('Used heap of JavaScript.'),
  process_cpu_seconds_total: counter('User and system time.'),
  process_start_time_seconds: gauge('Start of the process, since the Unix epoch.'),
  nodejs_eventloop_utilization: gauge(
    'Share of the time since the last scrape in which the event loop was busy.',
  ),
} as const satisfies Record<string, MetricSpec>;
