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

/** The terminal has 80 columns. */
const HEADS = [
  ['', '', 'wait', '', 'turnaround', '', '', ''],
  ['tasks', 'preemption', 'p50', 'p99', 'p50', 'p99', 'preempted', 'lost work'],
];

/** The comparison for people. */
export const tableOf = (comparison: Comparison): string => {
  const row = (name: string, state: string, tasks: readonly TaskRuns[]): string[] => {
    const { victims = 0, lost_work_pct: percent = 0 } = lossOf(tasks);
    return [
      `${tasks.length} ${name}`,
      state,
      ...ends(spreadOf(waitsOf(tasks))),
      ...ends(spreadOf(turnaroundsOf(tasks))),
      String(victims),
      `${percent.toFixed(2)} %`,
    ];
  };
  return aligned([
    ...HEADS,
    row('critical', 'off', comparison.without.urgent),
    row('critical', 'on', comparison.with.urgent),
    row('low', 'off', comparison.without.low),
    row('low', 'on', comparison.with.low),
  ]);
};

const ends = ({ p50, p99 }: Spread): string[] => [msText(p50), msText(p99)];

const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = HEADS[1]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const cell = (text: string, column: number): string =>
    column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
};
