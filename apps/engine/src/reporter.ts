import { blockedText } from '@precedent/engine';
import { countText, formatDuration } from '@precedent/kernel';
import type { LineLevel, LineLogger } from '@precedent/kernel';
import type { Telemetry, TelemetryEvent } from '@precedent/ports';
import { explain } from '@precedent/scheduling';
import { TaskRow } from '@precedent/tasks';

const LEVELS: Record<TelemetryEvent['name'], LineLevel> = {
  'engine.state': 'info',
  'engine.standby': 'info',
  'recovery.finished': 'info',
  'journal.flushed': 'trace',
  'journal.unavailable': 'warn',
  'journal.restored': 'warn',
  'snapshot.written': 'debug',
  'snapshot.failed': 'warn',
  'snapshot.unreadable': 'warn',
  'journal.void': 'warn',
  'journal.reader_lagging': 'warn',
  'ingress.refused': 'debug',
  'worker.joined': 'info',
  'worker.left': 'info',
  'report.stale': 'debug',
  'predictions.refused': 'debug',
  'connection.refused': 'warn',
  'connection.ended': 'info',
  'message.failed': 'warn',
  'lease.missing': 'warn',
  'worker.blocked': 'warn',
  'worker.unblocked': 'info',
  'overdue.began': 'warn',
  'overdue.ended': 'info',
  'cell.sampled': 'trace',
  'task.submitted': 'trace',
  'task.started': 'trace',
  'task.ended': 'trace',
  'task.settled': 'trace',
  'task.preempting': 'debug',
  'task.preemption_withdrawn': 'debug',
  'task.step_recorded': 'trace',
  'preemption.decided': 'debug',
  'preemption.round': 'trace',
  'preemption.ended': 'debug',
  'express.ended': 'debug',
  'preemption.breaker': 'warn',
  'stop.progress': 'info',
};

/** Writes the engine's events to its log. */
export const reporter = (log: LineLogger): Telemetry => ({
  emit: (event) => log(LEVELS[event.name], () => textOf(event)),
});

const textOf = (event: TelemetryEvent): string => {
  switch (event.name) {
    case 'engine.state':
      return `engine ${event.to}${event.cause ? `: ${event.cause.code} ${event.cause.message}` : ''}`;
    case 'engine.standby':
      return `standing by: the cell is owned by ${event.owner}`;
    case 'recovery.finished':
      return `recovered ${countText(event.open, 'open task')} from ${countText(event.entries, 'entry', 'entries')} in ${formatDuration(event.ms)}`;
    case 'worker.joined':
      return `worker ${event.worker} joined with ${countText(event.slots, 'slot')}`;
    case 'worker.left':
      return `worker ${event.worker} left (${event.why}), ${event.lost} leases lost`;
    case 'worker.blocked':
      return `${blockedText(event.worker, event)}; a handler that is isolated blocks no other`;
    case 'worker.unblocked':
      return `worker ${event.worker} was blocked for ${formatDuration(event.ms)}`;
    case 'overdue.began':
      return `task ${event.task} has not left worker ${event.worker} by the deadline of its stop, and keeps its slot: a handler that is isolated is terminated then`;
    case 'overdue.ended':
      return `task ${event.task} has left worker ${event.worker}, ${formatDuration(event.ms)} after the deadline of its stop (${event.end})`;
    case 'stop.progress':
      return `waiting for ${event.running} running tasks, ${Math.ceil(event.remainingMs / 1_000)} s at most`;
    case 'preemption.decided':
      return `decision ${event.id}: ${explain(event.record.decision)}`;
    default: {
      const { name, ...rest } = event;
      return `${name} ${JSON.stringify(rest, shown)}`;
    }
  }
};

/** A log names tasks by id only: payloads do not belong there. */
const shown = (_key: string, value: unknown): unknown => (value instanceof TaskRow ? value.id : value);
