import type { Floor } from './floors.ts';
import { FLOORS, floorText, isMet } from './floors.ts';
import type { Machine } from './machine.ts';
import type { Figures } from './stats.ts';
import { rounded } from './stats.ts';

/** The medians of a benchmark: what the system did, and what the same machine does without it. */
export interface BenchReport {
  readonly bench: string;
  readonly metrics: Figures;
  readonly ceiling: Figures;
  readonly runs: number;
  readonly machine: Machine;
}

/** A small table for people: figure, floor, measured, ceiling, and the measured one as a share of the ceiling. */
export const tableOf = (report: BenchReport): string => {
  const floors = FLOORS[report.bench] ?? [];
  const rows = Object.entries(report.metrics).map(([name, value]) => {
    const floor = floors.find((one) => one.name === name);
    return [
      name,
      floor ? floorText(floor) : '',
      String(value),
      ...besideCeiling(name, value, report),
      verdict(floor, value, report.ceiling[name]),
    ];
  });
  const head = ['figure', 'floor', 'median', 'ceiling', 'ratio', ''];
  return [titleOf(report), ...aligned([head, ...rows])].join('\n');
};

const besideCeiling = (name: string, value: number, { ceiling }: BenchReport): [string, string] => {
  const limit = ceiling[name];
  return limit === undefined ? ['', ''] : [String(limit), String(rounded(value / limit))];
};

const verdict = (floor: Floor | undefined, value: number, ceiling: number | undefined): string => {
  if (floor === undefined) return '';
  return isMet(floor, value, ceiling) ? 'met' : 'MISSED';
};

const titleOf = ({ bench, runs, machine }: BenchReport): string => {
  const { cpus, model, memGb, node, nats, date } = machine;
  const times = runs === 1 ? '1 run' : `median of ${runs} runs`;
  return `${bench}: ${times}; ${cpus} × ${model}, ${memGb} GB, node ${node}, nats-server ${nats}, ${date}`;
};

const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const widthOf = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_, column) => widthOf(column));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
};
