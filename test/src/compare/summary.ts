import type { LoadRun } from '../bench/mixed-load.ts';
import { lossOf } from '../bench/runs.ts';
import type { TaskRuns } from '../bench/runs.ts';
import { percentile } from '../bench/stats.ts';

/** The same load, played twice. */
export interface Comparison {
  readonly without: LoadRun;
  readonly with: LoadRun;
}

/** Milliseconds that a share of the tasks did not exceed. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export const spreadOf = (ms: readonly number[]): Spread => ({
  p50: percentile(ms, 0.5),
  p95: percentile(ms, 0.95),
  p99: percentile(ms, 0.99),
});

export const waitsOf = (tasks: readonly TaskRuns[]): number[] => tasks.map(({ waitMs }) => waitMs);

export const turnaroundsOf = (tasks: readonly TaskRuns[]): number[] =>
  tasks.map(({ turnaroundMs }) => turnaroundMs);

/** Two significant digits, with the unit: `3.1 ms`, `240 ms`, `1.4 s`, `12 s`. */
export const msText = (ms: number): string => {
  const short = ms < 999.5 ? { value: ms, unit: 'ms' } : { value: ms / 1_000, unit: 's' };
  const { value, unit } = short;
  return `${value < 9.95 ? value.toFixed(1) : String(Math.round(value))} ${unit}`;
};

/** The cost of preemption: `29 places taken, 0.4 % of the work done again`. */
export const priceText = ({ low }: LoadRun): string => {
  const { victims = 0, lost_work_pct: percent = 0 } = lossOf(low);
  return `${victims} places taken, ${percent.toFixed(1)} % of the work done again`;
};

const HEAD = [
  'tasks',
  'preemption',
  'wait p50',
  'p95',
  'p99',
  'turnaround p50',
  'p95',
  'p99',
  'preempted',
  'lost work',
];

/** The comparison for people. */
export const tableOf = (comparison: Comparison): string => {
  const row = (name: string, state: string, tasks: readonly TaskRuns[]): string[] => {
    const { victims = 0, lost_work_ms: lostMs = 0, lost_work_pct: percent = 0 } = lossOf(tasks);
    return [
      `${tasks.length} ${name}`,
      state,
      ...Object.values(spreadOf(waitsOf(tasks))).map(msText),
      ...Object.values(spreadOf(turnaroundsOf(tasks))).map(msText),
      String(victims),
      lostMs === 0 ? '0' : `${msText(lostMs)} (${percent.toFixed(2)} %)`,
    ];
  };
  return aligned([
    HEAD,
    row('critical', 'off', comparison.without.urgent),
    row('critical', 'on', comparison.with.urgent),
    row('low', 'off', comparison.without.low),
    row('low', 'on', comparison.with.low),
  ]);
};

const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string =>
    column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
};
