import type { TaskView } from '@precedent/contract-types';
import { BANDS, formatDuration } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { TaskTimeline } from './timelines.ts';

/** A task at the end of the demo. */
export interface Outcome {
  readonly view: TaskView;
  readonly timeline: TaskTimeline | undefined;
}

export interface BandFigures {
  readonly band: Band;
  readonly tasks: number;
  readonly completed: number;
  readonly retries: number;
  /** Milliseconds from submission to the first start. */
  readonly wait: readonly [p50: number, p99: number];
  /** Milliseconds of the last attempt. */
  readonly run: readonly [p50: number, p99: number];
}

/** What happened, per band, the most urgent first. */
export const figuresOf = (outcomes: readonly Outcome[]): BandFigures[] =>
  BANDS.toReversed().map((band) => {
    const mine = outcomes.filter(({ view }) => view.band === band);
    return {
      band,
      tasks: mine.length,
      completed: mine.filter(({ view }) => view.state === 'completed').length,
      retries: mine.reduce((sum, { view }) => sum + view.retries, 0),
      wait: percentiles(mine.flatMap(waitOf)),
      run: percentiles(mine.flatMap(runOf)),
    };
  });

const waitOf = ({ timeline }: Outcome): number[] =>
  timeline?.queuedAt === undefined || timeline.firstStartedAt === undefined
    ? []
    : [timeline.firstStartedAt - timeline.queuedAt];

const runOf = ({ timeline }: Outcome): number[] =>
  timeline?.startedAt === undefined || timeline.settledAt === undefined
    ? []
    : [timeline.settledAt - timeline.startedAt];

/** Nearest rank; 0 of nothing. */
const percentiles = (values: readonly number[]): readonly [number, number] => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return [at(0.5), at(0.99)];
};

/** The table and the failures, for people. */
export const reportText = (outcomes: readonly Outcome[]): string => {
  const rows = figuresOf(outcomes).map(({ band, tasks, completed, retries, wait, run }) => [
    band,
    String(tasks),
    String(completed),
    String(tasks - completed),
    String(retries),
    ...[...wait, ...run].map(formatDuration),
  ]);
  const headings = [
    'band',
    'tasks',
    'completed',
    'others',
    'retries',
    'wait p50',
    'wait p99',
    'run p50',
    'run p99',
  ];
  return `${columns([headings, ...rows])}\n\n${failures(outcomes)}`;
};

const failures = (outcomes: readonly Outcome[]): string => {
  const failed = outcomes.filter(({ view }) => view.state !== 'completed');
  const rows = failed.map(({ view: { id, name, state, retries, error } }) => [
    name ?? id,
    state,
    `${retries} retries`,
    `${error?.code}: ${error?.message.slice(0, MESSAGE_CHARS)}`,
  ]);
  return `what did not complete, and why:\n${columns(rows)}`;
};

const MESSAGE_CHARS = 90;

const columns = (rows: readonly (readonly string[])[]): string => {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows
    .map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
};
