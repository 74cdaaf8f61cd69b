import type {
  Clock,
  PreemptionTelemetryEvent,
  TaskTelemetryEvent,
  Telemetry,
  TelemetryEvent,
} from '@precedent/ports';
import type { AgingMs } from '@precedent/scheduling';
import { DecisionBook } from '../decision-book.ts';
import { CellMetrics } from './cell-metrics.ts';
import type { CellTold } from './cell-metrics.ts';
import { beginAtZero } from './initial-series.ts';
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

/** Hears of everything and counts it. */
export const metricsTelemetry = ({ clock, aging }: MetricsOptions): MetricsTelemetry => {
  const registry = new Registry(METRICS);
  const decisions = new DecisionBook();
  const tasks = new TaskMetrics(registry, decisions, aging);
  const preemption = new PreemptionMetrics(registry, decisions);
  const cell = new CellMetrics(registry);
  const sampleProcess = processMetrics(registry);
  beginAtZero(registry);
  return {
    emit: (event) => {
      if (isOfTask(event)) tasks.tell(event);
      else if (isOfPreemption(event)) preemption.tell(event);
      else cell.tell(event as CellTold);
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
  event.name.startsWith('preemption.');
