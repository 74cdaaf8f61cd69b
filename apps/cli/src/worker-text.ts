import type { WorkerView } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { readingsText } from '@precedent/scheduling';
import { shortAgeText } from './output.ts';
import { labelsText } from './task-view-text.ts';
import { styleOf } from './terminal/style.ts';
import { tableText } from './terminal/table.ts';
import type { TableCell, Column, Page } from './terminal/table.ts';

/** Types that are named; the others are counted. */
const TYPES_SHOWN = 2;

/** `command, http, +14`; all of them where there is room for any number. */
export const foldedTypes = (types: readonly string[], shown = TYPES_SHOWN): string => {
  const more = types.length - shown;
  return (more < 2 ? types : [...types.slice(0, shown), `+${more}`]).join(', ');
};

/** `high, CPU 94 %, +1` of a load with two readings: never cut, because its figures are at its end. */
const shortLoad = (text: string): string => {
  const [level, reading, ...more] = text.split(', ');
  return [level, reading, more.length > 0 ? `+${more.length}` : undefined]
    .filter((part) => part !== undefined)
    .join(', ');
};

const WORKER_COLUMNS: readonly (Column | string)[] = [
  { heading: 'worker', min: 12 },
  'state',
  'busy',
  { heading: 'load', shorten: (texts) => texts.map(shortLoad) },
  { heading: 'pools', min: 8, drop: 5 },
  { heading: 'labels', min: 8, drop: 2 },
  { heading: 'version', drop: 1 },
  { heading: 'up', drop: 3 },
  { heading: 'heard', drop: 4 },
  // The longest one last: it hides no other.
  { heading: 'types', min: 12 },
];

/** The load of the machine, highlighted where the worker holds bands back because of it. */
const loadCell = ({ load }: WorkerView): TableCell => {
  if (load === undefined) return '-';
  const text = `${load.level}, ${readingsText(load)}`;
  return { text, style: load.throttled.length > 0 ? 'waiting' : undefined };
};

/**
 * `10/10 +1 (7 next)`: one task more than it has slots for, in an express slot; seven wait there for the next slots.
 * `9/10 · 1 overdue 4m`: one slot is kept by code that has not left.
 */
const busyCell = (
  { busy, slots, expressBusy = 0, assignedAhead = 0, overdue }: WorkerView,
  now: EpochMs,
): TableCell => {
  const express = expressBusy > 0 ? ` +${expressBusy}` : '';
  const next = assignedAhead > 0 ? ` (${assignedAhead} next)` : '';
  const text = `${busy - (overdue?.count ?? 0)}/${slots}${express}${next}`;
  if (overdue === undefined) return text;
  return { text: `${text} · ${overdue.count} overdue ${shortAgeText(overdue.since, now)}`, style: 'bad' };
};

/** `blocked 12s`: code of a handler keeps the worker from everything else. */
const stateCell = ({ state, blocked }: WorkerView, now: EpochMs): TableCell =>
  blocked
    ? { text: `blocked ${shortAgeText(blocked.since, now)}`, style: 'bad' }
    : { text: state, style: styleOf(state) };

/** Which task blocks the worker, and what to do about it. */
const blockedNote = ({ id, blocked }: WorkerView): readonly string[] => {
  if (blocked === undefined) return [];
  const [first, ...more] = blocked.tasks;
  const task =
    first === undefined ? 'code' : `task ${first}${more.length > 0 ? ` or ${more.join(' or ')}` : ''}`;
  const place = blocked.place === undefined ? '' : ` at ${blocked.place}`;
  return [`${id} is blocked by ${task}${place}: isolate its handler with isolated({ in: 'thread', … })\n`];
};

/** The workers of the cell, one line each; below them, what blocks one. */
export const workerTable = (workers: readonly WorkerView[], page: Page): string => {
  if (workers.length === 0) return 'no workers: `precedent up` starts one, unless with --no-worker\n';
  const rows = workers.map((worker) => [
    worker.id,
    stateCell(worker, page.now),
    busyCell(worker, page.now),
    loadCell(worker),
    worker.pools.join(','),
    labelsText(worker.labels) ?? '-',
    worker.version,
    shortAgeText(worker.connectedAt, page.now),
    shortAgeText(worker.lastHeardAt, page.now),
    foldedTypes(worker.types, Number.isFinite(page.columns) ? TYPES_SHOWN : worker.types.length),
  ]);
  const shown = WORKER_COLUMNS.flatMap((column, at) =>
    isLabels(column) && rows.every((row) => row[at] === '-') ? [] : [at],
  );
  const of = <T>(cells: readonly T[]): readonly T[] => shown.flatMap((at) => cells.slice(at, at + 1));
  return [tableText(of(WORKER_COLUMNS), rows.map(of), page), ...workers.flatMap(blockedNote)].join('');
};

/** The column that is left out where no worker has labels. */
const isLabels = (column: Column | string): boolean =>
  typeof column !== 'string' && column.heading === 'labels';
