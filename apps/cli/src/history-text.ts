import type {
  HistoryEventsReply,
  HistoryFreshness,
  HistoryGetReply,
  HistoryStatsReply,
  HistoryStatusReply,
  QuantilesView,
  StatsScope,
} from '@precedent/contract-types';
import { formatDuration, timesText } from '@precedent/kernel';
import { fieldsText, timeText } from './output.ts';
import { tableText } from './terminal/table.ts';
import type { Column, Page } from './terminal/table.ts';
import { visibleLine } from './terminal/visible.ts';
import { codedFailure } from './failure-text.ts';
import { ID_COLUMN, taskText } from './task-view-text.ts';

/** A line about an answer that may miss something; nothing when it has everything. */
export const freshnessText = ({ seq, lastSeq, lagMs, rebuilding }: HistoryFreshness): string => {
  const facts = [
    ...(lagMs > 0 ? [`journal entries ${seq} of ${lastSeq}, ${formatDuration(lagMs)} behind`] : []),
    ...(rebuilding ? ['it is being rebuilt'] : []),
  ];
  return facts.length === 0 ? '' : `the history is not complete: ${facts.join('; ')}\n`;
};

const ATTEMPT_COLUMNS: readonly (Column | string)[] = [
  { heading: 'lease', drop: 1 },
  'attempt',
  { heading: 'worker', min: 8 },
  { heading: 'started', drop: 2 },
  'took',
  { heading: 'outcome', min: 10 },
  { heading: 'error', min: 16 },
];

/** One task with its attempts. */
export const historyTaskText = ({ task, attempts }: HistoryGetReply, page: Page): string => {
  const fields = taskText(task, page.now, [
    ['waited', task.waitedMs === undefined ? undefined : formatDuration(task.waitedMs)],
    ['ran', task.ranMs === undefined ? undefined : formatDuration(task.ranMs)],
    ['preempted', task.preemptions === undefined ? undefined : timesText(task.preemptions)],
    ['lost', task.losses === undefined ? undefined : `${timesText(task.losses)}, with its worker`],
    ['payload', task.payload === undefined ? undefined : visibleLine(JSON.stringify(task.payload))],
  ]);
  const rows = attempts.map(({ epoch, attempt, worker, startedAt, endedAt, outcome, end, error }) => [
    String(epoch),
    String(attempt),
    worker,
    new Date(startedAt).toISOString(),
    endedAt === undefined ? '-' : formatDuration(endedAt - startedAt),
    [outcome ?? 'running', end].filter((word) => word !== undefined).join(', '),
    error === undefined ? '' : codedFailure(error),
  ]);
  return `${fields}${rows.length === 0 ? '' : `\n${tableText(ATTEMPT_COLUMNS, rows, page)}`}`;
};

const quantilesText = (quantiles: QuantilesView | undefined): string | undefined => {
  if (quantiles === undefined) return undefined;
  const { p50, p95, p99, max, of } = quantiles;
  const times = [`p50 ${formatDuration(p50)}`, `p95 ${formatDuration(p95)}`, `p99 ${formatDuration(p99)}`];
  return `${times.join(', ')}, longest ${formatDuration(max)} (of ${of})`;
};

const countsText = (counts: Readonly<Record<string, number>>): string | undefined => {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${visibleLine(name)}`);
  return parts.length === 0 ? undefined : parts.slice(0, 10).join(', ');
};

/** What was counted instead of what was requested. */
const scopeText = ({ since, until, bucketMs, latest, uncounted }: StatsScope): string => {
  const facts = [
    ...(since === undefined ? [] : [`from ${new Date(since).toISOString()}`]),
    ...(until === undefined ? [] : [`until ${new Date(until).toISOString()}`]),
    ...(bucketMs === undefined ? [] : [`in pieces of ${formatDuration(bucketMs)}`]),
    ...(latest === undefined ? [] : [`only the latest ${latest} tasks that may match`]),
    ...(uncounted === undefined
      ? []
      : [`without about ${uncounted} older tasks, which are still being counted`]),
  ];
  return facts.join(', ');
};

/** Counts and times. */
export const statsText = (stats: HistoryStatsReply, page: Page): string => {
  const fields = fieldsText([
    ['tasks', String(stats.total)],
    ['by state', countsText(stats.byState)],
    ['by band', countsText(stats.byBand)],
    ['by type', countsText(stats.byType)],
    ['by project', countsText(stats.byProject)],
    ['waited', quantilesText(stats.waitMs)],
    ['ran', quantilesText(stats.runMs)],
    ['counted', stats.scope && scopeText(stats.scope)],
  ]);
  if (stats.buckets === undefined) return fields;
  const rows = stats.buckets.map(({ from, submitted, settled }) => [
    new Date(from).toISOString(),
    String(submitted),
    countsText(settled) ?? '-',
  ]);
  return `${fields}\n${tableText(['from', 'submitted', { heading: 'settled', min: 20 }], rows, page)}`;
};

const OPERATION_COLUMNS: readonly (Column | string)[] = [
  'at',
  { heading: 'entry', drop: 1 },
  ID_COLUMN,
  'event',
  { heading: 'note', min: 10 },
];

/** The log of operations, one line each. */
export const operationsText = ({ events }: HistoryEventsReply, page: Page): string => {
  if (events.length === 0) return 'no events\n';
  const rows = events.map(({ seq, at, task, event, note }) => [
    new Date(at).toISOString(),
    String(seq),
    task ?? '-',
    event,
    note ?? '',
  ]);
  return tableText(OPERATION_COLUMNS, rows, page);
};

export const historyStatusText = (status: HistoryStatusReply, now: number): string => {
  const { freshness, rows, problem } = status;
  return fieldsText([
    ['history', status.state],
    ['problem', problem && `${problem.code}: ${visibleLine(problem.message)}`],
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
