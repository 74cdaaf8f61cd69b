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
import { currentRunOf, runOf, submitOf, traceparentOf } from './ids.ts';
import { resumeSpan, runSpans, stepSpan } from './run-spans.ts';
import type { SpanRecord } from './span.ts';

export interface TraceOptions {
  readonly cell: string;
  /**
   * Share of the tasks without a trace of their own whose runs are written, from 0 to 100. One with a trace does as its trace
   * says. Decisions, and the runs of all who are part of one, are always written.
   */
  readonly percent: number;
  /** Takes each span when it is over. */
  readonly write: (span: SpanRecord) => void;
}

/** Preemptors that are remembered, so that their runs are written. */
const PREEMPTORS_MAX = 10_000;

/** Makes spans of telemetry events. It holds only open decisions: every other span is made at its end. */
export const traceTelemetry = (options: TraceOptions): Telemetry & RunTraces => {
  const tracer = new Tracer(options);
  return {
    emit: (event) => tracer.emit(event),
    traceparentOf: (task) => tracer.traceparentOf(task),
  };
};

class Tracer implements Telemetry, RunTraces {
  readonly #o: TraceOptions;
  readonly #decisions: DecisionSpans;
  readonly #preemptors = new Map<string, TaskRow | undefined>();

  constructor(options: TraceOptions) {
    this.#o = options;
    this.#decisions = new DecisionSpans(options.cell, options.write);
  }

  emit(event: TelemetryEvent): void {
    switch (event.name) {
      case 'task.ended':
        this.#decisions.stopped(event);
        if (this.#isKept(event.task, event.run.preempt !== undefined))
          this.#write(runSpans(event, this.#o.cell));
        return;
      case 'task.started':
        if (event.resumed && this.#isKept(event.task)) this.#write([resumeSpan(event, this.#o.cell)]);
        return;
      case 'task.step_recorded':
        return this.#kept(event);
      case 'task.preempting':
        return this.#decisions.signalled(event);
      case 'task.preemption_withdrawn':
        return this.#decisions.spared(event);
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
    return this.#isKept(task) ? traceparentOf(currentRunOf(task)) : undefined;
  }

  #kept(event: Extract<TaskTelemetryEvent, { name: 'task.step_recorded' }>): void {
    this.#decisions.kept(event);
    const span = this.#isKept(event.task, event.order !== undefined) ? stepSpan(event) : undefined;
    if (span) this.#o.write(span);
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
    const link = hasRun ? { to: runOf(row, event.epoch), type: 'preemptor_run' as const } : undefined;
    this.#decisions.ended(event, link);
  }

  #isKept(task: TaskRow, isVictim = false): boolean {
    if (isVictim || task.durable.preemptions > 0 || this.#preemptors.has(task.id)) return true;
    const submit = submitOf(task);
    if (submit) return submit.sampled;
    const { percent } = this.#o;
    if (percent >= 100 || percent <= 0) return percent > 0;
    return Number.parseInt(runOf(task, 0).traceId.slice(0, 8), 16) < (percent / 100) * 2 ** 32;
  }

  #write(spans: readonly SpanRecord[]): void {
    for (const span of spans) this.#o.write(span);
  }
}
