import type { Problem, Band } from '@precedent/kernel';
import type { DecisionRecord } from '@precedent/scheduling';

/** Everything the engine reports of itself. Libraries emit these; an application decides what is worth a log line. */
export type TelemetryEvent =
  | { readonly name: 'engine.state'; readonly from: string; readonly to: string; readonly cause?: Problem | undefined }
  | { readonly name: 'engine.standby'; readonly owner: string }
  | { readonly name: 'recovery.finished'; readonly ms: number; readonly entries: number; readonly open: number; readonly fromSnapshot: boolean }
  | { readonly name: 'journal.flushed'; readonly records: number; readonly bytes: number; readonly ms: number }
  | { readonly name: 'journal.unavailable'; readonly attempt: number; readonly problem: Problem }
  | { readonly name: 'journal.restored'; readonly landed: number }
  | { readonly name: 'snapshot.written'; readonly tasks: number; readonly entries: number; readonly ms: number; readonly asOf: number }
  | { readonly name: 'snapshot.failed'; readonly problem: Problem }
  | { readonly name: 'door.refused'; readonly band: Band; readonly code: string; readonly count: number }
  | { readonly name: 'worker.joined'; readonly worker: string; readonly session: string; readonly slots: number }
  | { readonly name: 'worker.left'; readonly worker: string; readonly session: string; readonly why: string; readonly lost: number }
  | { readonly name: 'report.stale'; readonly worker: string; readonly id: string; readonly epoch: number }
  | { readonly name: 'lease.missing'; readonly id: string; readonly epoch: number; readonly worker: string }
  | { readonly name: 'preemption.decided'; readonly id: string; readonly record: DecisionRecord }
  | { readonly name: 'preemption.breaker'; readonly pool: string; readonly open: boolean; readonly cause: string }
  | { readonly name: 'stop.progress'; readonly running: number; readonly remainingMs: number };

export interface Telemetry {
  emit(event: TelemetryEvent): void;
}

export const silent: Telemetry = { emit: () => undefined };
