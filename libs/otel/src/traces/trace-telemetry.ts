import type {
  PreemptionTelemetryEvent,
  RunTraces,
  TaskTelemetryEvent,
  Telemetry,
  TelemetryEvent,
} from '@precedent/ports';
import { takes } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { Decided } from './decision-attributes.ts';
import { DecisionSpans } from './decision-spans.ts';
import { currentRunSpanRef, runSpanRef, submitContextOf, traceparentText } from './ids.ts';
import { resumeSpan, runSpans, stepSpan } from './run-spans.ts';
import type { SpanRecord } from './span.ts';

export interface TraceOptions {
  readonly cell: string;
  /**
   * How many percent of the tasks without a trace context get spans for their runs, 0 to 100. The sampling flag of a trace context decides
   * for a task that has one. Decisions, and the runs of preemptors and victims, always get spans.
   */
  readonly percent: number;
  /** Gets each span when it has ended. */
  readonly write: (span: SpanRecord) => void;
}

/** Preemptors that are remembered, at most, so that their runs get spans. */
const PREEMPTORS_MAX = 10_000;

/** Makes spans of telemetry events. Only open decisions are held in memory: every other span is made when it ends. */
export const traceTelemetry = (options: TraceOptions): Telemetry & RunTraces => {
  const tracer = new Tracer(options);
  return {
    emit: (event) => tracer.emit(event),
    traceparentOf: (task) => tracer.traceparentOf(task),
  };
};

class Tracer implements Telemetry, RunTraces {
  readonly #options: TraceOptions;
  readonly #decisions: DecisionSpans;
  readonly #preemptors = new Map<string, TaskRow | undefined>();

  constructor(options: TraceOptions) {
    this.#options = options;
    this.#decisions = new DecisionSpans(options.cell, options.write);
  }

  emit(event: TelemetryEvent): void {
    switch (event.name) {
      case 'task.ended':
        this.#decisions.stopped(event);
        if (this.#isSampled(event.task, event.run.preempt !== undefined))
          this.#write(runSpans(event, this.#options.cell));
        return;
      case 'task.started':
        if (event.resumed && this.#isSampled(event.task))
          this.#write([resumeSpan(event, this.#options.cell)]);
        return;
      case 'task.step_recorded':
        return this.#stepRecorded(event);
      case 'task.preempting':
        return this.#decisions.signalled(event);
      case 'task.preemption_withdrawn':
        return this.#decisions.withdrawn(event);
      case 'preemption.decided':
        return this.#decided(event);
      case 'preemption.round':
        return this.#decisions.round(event);
      case 'preemption.ended':
        return this.#ended(event);
      case 'engine.state':
        if (event.to === 'error' || event.to === 'stopped') this.#decisions.closeAll();
        return;
      default:
        return;
    }
  }

  traceparentOf(task: TaskRow): string | undefined {
    return this.#isSampled(task) ? traceparentText(currentRunSpanRef(task)) : undefined;
  }

  #stepRecorded(event: Extract<TaskTelemetryEvent, { name: 'task.step_recorded' }>): void {
    this.#decisions.stepRecorded(event);
    const span = this.#isSampled(event.task, event.order !== undefined) ? stepSpan(event) : undefined;
    if (span) this.#options.write(span);
  }

  #decided(event: Decided): void {
    this.#decisions.decided(event);
    if (!takes(event.record.decision)) return;
    this.#preemptors.set(event.record.decision.preemptor.id, event.preemptor);
    for (const oldest of this.#preemptors.keys()) {
      if (this.#preemptors.size <= PREEMPTORS_MAX) return;
      this.#preemptors.delete(oldest);
    }
  }

  #ended(event: Extract<PreemptionTelemetryEvent, { name: 'preemption.ended' }>): void {
    const row = this.#preemptors.get(event.task);
    const hasRun = event.end === 'started' && row !== undefined;
    const link = hasRun ? { to: runSpanRef(row, event.epoch), type: 'preemptor_run' as const } : undefined;
    this.#decisions.ended(event, link);
  }

  #isSampled(task: TaskRow, isVictim = false): boolean {
    if (isVictim || task.durable.preemptions > 0 || this.#preemptors.has(task.id)) return true;
    const submit = submitContextOf(task);
    if (submit) return submit.sampled;
    const { percent } = this.#options;
    if (percent >= 100 || percent <= 0) return percent > 0;
    return Number.parseInt(runSpanRef(task, 0).traceId.slice(0, 8), 16) < (percent / 100) * 2 ** 32;
  }

  #write(spans: readonly SpanRecord[]): void {
    for (const span of spans) this.#options.write(span);
  }
}
