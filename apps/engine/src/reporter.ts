import { countText, formatDuration } from '@precedent/kernel';
import type { Config } from '@precedent/config';
import type { Telemetry, TelemetryEvent } from '@precedent/ports';
import { explain } from '@precedent/scheduling';
import { TaskRow } from '@precedent/tasks';

type Level = Exclude<Config['monitoring']['logLevel'], 'silent'>;

const RANK: Record<Config['monitoring']['logLevel'], number> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  silent: 5,
};

const LEVELS: Record<TelemetryEvent['name'], Level> = {
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
  'message.failed': 'warn',
  'lease.missing': 'warn',
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
  'preemption.breaker': 'warn',
  'stop.progress': 'info',
};

/** Writes the engine's events of the configured level and above. `write` takes one line without its line feed. */
export const reporter = (
  level: Config['monitoring']['logLevel'],
  write: (line: string) => void,
): Telemetry => {
  let last = '';
  return {
    emit: (event) => {
      if (RANK[LEVELS[event.name]] < RANK[level]) return;
      const line = textOf(event);
      // A repeated line is written once.
      if (line !== last) write(line);
      last = line;
    },
  };
};

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
