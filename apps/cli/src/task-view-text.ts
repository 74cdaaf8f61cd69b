import type { ListReply, TaskView, WorkerView } from '@precedent/contracts';
import type { WatchedEvent } from '@precedent/client';
import { formatDuration } from '@precedent/kernel';
import { ageText, fieldsText, oneLine, tableText, timeText } from './output.ts';

const stateText = ({ state, stopping, waiting }: TaskView): string => {
  if (stopping !== undefined) return `${state}, stopping (${stopping})`;
  return waiting === undefined ? state : `${state}: ${waiting.detail}`;
};

const labelsText = (labels: Readonly<Record<string, string>> | undefined): string | undefined => {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? undefined : oneLine(pairs.join(', '));
};

const progressText = ({ progress }: TaskView): string | undefined => {
  if (progress === undefined) return undefined;
  const percent = `${Math.round(progress.fraction * 100)} %`;
  return progress.message === undefined ? percent : `${percent}, ${oneLine(progress.message)}`;
};

/** One task, all that is known of it, and what else is. */
export const taskText = (task: TaskView, now: number, more: Parameters<typeof fieldsText>[0] = []): string =>
  fieldsText([
    ['id', task.id],
    ['name', task.name && oneLine(task.name)],
    ['state', stateText(task)],
    ['type', task.type],
    ['band', task.band],
    ['project', `${task.namespace}/${task.project}`],
    ['pool', task.pool === 'default' ? undefined : task.pool],
    ['labels', labelsText(task.labels)],
    ['attempt', String(task.attempt)],
    ['retries', task.retries === 0 ? undefined : String(task.retries)],
    ['worker', task.worker],
    ['progress', progressText(task)],
    ['submitted', timeText(task.submittedAt, now)],
    ['started', timeText(task.startedAt, now)],
    ['due', timeText(task.dueAt, now)],
    ['settled', timeText(task.settledAt, now)],
    ['result', task.result === undefined ? undefined : JSON.stringify(task.result)],
    ['error', task.error && `${task.error.code}: ${oneLine(task.error.message)}`],
    ...more,
  ]);

/** Many tasks, one line each. */
export const taskTable = ({ tasks, truncated }: ListReply, now: number): string => {
  if (tasks.length === 0) return 'no tasks that match; `precedent submit -- echo hello` makes one\n';
  const rows = tasks.map((task) => [
    task.id,
    task.stopping === undefined ? task.state : `${task.state}*`,
    task.band,
    task.type,
    `${task.namespace}/${task.project}`,
    String(task.attempt),
    ageText(task.submittedAt, now),
    task.worker ?? '-',
    task.name ?? task.error?.code ?? task.waiting?.reason ?? '',
  ]);
  const headings = ['id', 'state', 'band', 'type', 'project', 'attempt', 'age', 'worker', 'note'];
  return tableText(headings, rows) + (truncated ? 'there are more; raise --limit or name fewer\n' : '');
};

/** The workers of the cell, one line each. */
export const workerTable = (workers: readonly WorkerView[], now: number): string => {
  if (workers.length === 0) return 'no workers: `precedent up` starts one, unless with --no-worker\n';
  const rows = workers.map((worker) => [
    worker.id,
    worker.state,
    `${worker.busy}/${worker.slots}`,
    worker.pools.join(','),
    labelsText(worker.labels) ?? '-',
    worker.version,
    ageText(worker.connectedAt, now),
    ageText(worker.lastHeardAt, now),
    // The longest one last: it hides no other.
    worker.types.join(','),
  ]);
  return tableText(['worker', 'state', 'busy', 'pools', 'labels', 'version', 'up', 'heard', 'types'], rows);
};

/** One event as it happens. */
export const eventText = (event: WatchedEvent): string => {
  const parts = [
    new Date(event.at).toISOString(),
    event.event.padEnd(9),
    event.id,
    `${event.namespace}/${event.project}`,
    event.type,
    event.band,
    eventNote(event),
  ];
  return `${parts.filter((part) => part !== undefined).join('  ')}\n`;
};

const eventNote = (event: WatchedEvent): string | undefined => {
  const { fraction, message, error, dueAt, at, reason, worker } = event;
  const notes = [
    ...(fraction === undefined ? [] : [`${Math.round(fraction * 100)} % ${message ?? ''}`]),
    ...(error === undefined ? [] : [`${error.code}: ${error.message}`]),
    ...(reason === undefined ? [] : [reason]),
    ...(dueAt === undefined ? [] : [`due in ${formatDuration(Math.max(0, dueAt - at))}`]),
    ...(event.event === 'started' && worker !== undefined ? [`on ${worker}`] : []),
  ];
  return notes.length === 0 ? undefined : oneLine(notes.join(', '));
};
