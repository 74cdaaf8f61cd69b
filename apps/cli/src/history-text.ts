import type {
  HistoryEventsReply,
  HistoryFreshness,
  HistoryGetReply,
  HistoryStatsReply,
  HistoryStatusReply,
  QuantilesView,
} from '@precedent/contracts';
import { formatDuration } from '@precedent/kernel';
import { fieldsText, oneLine, tableText, timeText } from './output.ts';
import { taskText } from './task-view-text.ts';

/** A line about an answer that may miss something; nothing when it has everything. */
export const freshnessText = ({ seq, lastSeq, lagMs, rebuilding }: HistoryFreshness): string => {
  const facts = [
    ...(lagMs > 0 ? [`journal entries ${seq} of ${lastSeq}, ${formatDuration(lagMs)} behind`] : []),
    ...(rebuilding ? ['another one is being made'] : []),
  ];
  return facts.length === 0 ? '' : `the history is not complete: ${facts.join('; ')}\n`;
};

/** One task with its attempts. */
export const historyTaskText = ({ task, attempts }: HistoryGetReply, now: number): string => {
  const fields = taskText(task, now, [
    ['command', task.command && oneLine([task.command, ...(task.args ?? [])].join(' '))],
    ['waited', task.waitedMs === undefined ? undefined : formatDuration(task.waitedMs)],
    ['ran', task.ranMs === undefined ? undefined : formatDuration(task.ranMs)],
    ['preempted', task.preemptions === undefined ? undefined : `${task.preemptions} times`],
    ['lost', task.losses === undefined ? undefined : `${task.losses} times, with its worker`],
    ['payload', task.payload === undefined ? undefined : oneLine(JSON.stringify(task.payload))],
  ]);
  const rows = attempts.map(({ epoch, attempt, worker, startedAt, endedAt, outcome, end, error }) => [
    String(epoch),
    String(attempt),
    worker,
    new Date(startedAt).toISOString(),
    endedAt === undefined ? '-' : formatDuration(endedAt - startedAt),
    [outcome ?? 'running', end].filter((word) => word !== undefined).join(', '),
    error === undefined ? '' : `${error.code}: ${error.message}`,
  ]);
  const headings = ['lease', 'attempt', 'worker', 'started', 'took', 'outcome', 'error'];
  return `${fields}${rows.length === 0 ? '' : `\n${tableText(headings, rows)}`}`;
};

const quantilesText = (quantiles: QuantilesView | undefined): string | undefined => {
  if (quantiles === undefined) return undefined;
  const { p50, p95, p99, max, of } = quantiles;
  const times = [`p50 ${formatDuration(p50)}`, `p95 ${formatDuration(p95)}`, `p99 ${formatDuration(p99)}`];
  return `${times.join(', ')}, longest ${formatDuration(max)} (of ${of})`;
};

const countsText = (counts: Readonly<Record<string, number>>): string | undefined => {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${oneLine(name)}`);
  return parts.length === 0 ? undefined : parts.slice(0, 10).join(', ');
};

/** Counts and times. */
export const statsText = (stats: HistoryStatsReply): string => {
  const fields = fieldsText([
    ['tasks', String(stats.total)],
    ['by state', countsText(stats.byState)],
    ['by band', countsText(stats.byBand)],
    ['by type', countsText(stats.byType)],
    ['by project', countsText(stats.byProject)],
    ['waited', quantilesText(stats.waitMs)],
    ['ran', quantilesText(stats.runMs)],
  ]);
  if (stats.buckets === undefined) return fields;
  const rows = stats.buckets.map(({ from, submitted, settled }) => [
    new Date(from).toISOString(),
    String(submitted),
    countsText(settled) ?? '-',
  ]);
  return `${fields}\n${tableText(['from', 'submitted', 'settled'], rows)}`;
};

/** The log of operations, one line each. */
export const operationsText = ({ events }: HistoryEventsReply): string => {
  if (events.length === 0) return 'nothing happened\n';
  const rows = events.map(({ seq, at, task, event, note }) => [
    new Date(at).toISOString(),
    String(seq),
    task ?? '-',
    event,
    note ?? '',
  ]);
  return tableText(['at', 'entry', 'task', 'event', 'note'], rows);
};

export const historyStatusText = (status: HistoryStatusReply, now: number): string => {
  const { freshness, rows, problem } = status;
  return fieldsText([
    ['history', status.state],
    ['problem', problem && `${problem.code}: ${oneLine(problem.message)}`],
    ['started', timeText(status.startedAt, now)],
    ['journal', `entry ${freshness.seq} of ${freshness.lastSeq}`],
    ['behind', freshness.lagMs === 0 ? 'nothing' : formatDuration(freshness.lagMs)],
    ['tasks', String(rows.tasks)],
    ['attempts', String(rows.attempts)],
    ['operations', String(rows.operations)],
    ['decisions', String(rows.decisions)],
    ['size', `${(status.bytes / 1_048_576).toFixed(1)} MiB`],
    ['kept', formatDuration(status.retentionMs)],
  ]);
};
