import type {
  Clock,
  PreemptionTelemetryEvent,
  TaskTelemetryEvent,
  Telemetry,
  TelemetryEvent,
} from '@precedent/ports';
import type { AgingMs } from '@precedent/scheduling';
import { RecentDecisions } from '../recent-decisions.ts';
import { CellMetrics } from './cell-metrics.ts';
import type { CellTelemetryEvent } from './cell-metrics.ts';
import { initialiseSeries } from './initial-series.ts';
import { METRICS } from './metrics.ts';
import { PreemptionMetrics } from './preemption-metrics.ts';
import { processMetrics } from './process-metrics.ts';
import { Registry } from './registry.ts';
import { TaskMetrics } from './task-metrics.ts';

export interface MetricsOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How waiting raises the rank of a task; the engine's own setting. */
  readonly aging: AgingMs;
}

export interface MetricsTelemetry extends Telemetry {
  /** All metrics in the text format of Prometheus, version 0.0.4. */
  text(): string;
}

/** Counts every telemetry event. */
export const metricsTelemetry = ({ clock, aging }: MetricsOptions): MetricsTelemetry => {
  const registry = new Registry(METRICS);
  const decisions = new RecentDecisions();
  const tasks = new TaskMetrics(registry, decisions, aging);
  const preemption = new PreemptionMetrics(registry, decisions);
  const cell = new CellMetrics(registry);
  const sampleProcess = processMetrics(registry);
  initialiseSeries(registry);
  return {
    emit: (event) => {
      if (isOfTask(event)) tasks.record(event);
      else if (isOfPreemption(event)) preemption.record(event);
      else cell.record(event as CellTelemetryEvent);
    },
    text: () => {
      preemption.sample(clock.now());
      sampleProcess();
      return registry.text();
    },
  };
};

const isOfTask = (event: TelemetryEvent): event is TaskTelemetryEvent => event.name.startsWith('task.');
const isOfPreemption = (event: TelemetryEvent): event is PreemptionTelemetryEvent =>
  event.name.startsWith('preemption.') || event.name.startsWith('express.');
