import { isClearedFor } from '@precedent/access';
import type { BulkFilter, Cleared } from '@precedent/contract-types';
import { publicStateOf } from '@precedent/tasks';
import type { TaskClass, TaskRow } from '@precedent/tasks';

export interface RowFilter extends Cleared<BulkFilter> {
  readonly namespace?: string | undefined;
  /** Any of these. */
  readonly projects?: readonly string[] | undefined;
}

/** Whether a task is what a filter looks for. Very many tasks share few classes: each class is looked at once. */
export const matcherOf = (
  filter: RowFilter,
  isWanted: (kind: TaskClass) => boolean = () => true,
): ((row: TaskRow) => boolean) => {
  const judged = new Map<TaskClass, boolean>();
  const isOfClass = (kind: TaskClass): boolean => {
    const known = judged.get(kind) ?? (matchesClass(kind, filter) && isWanted(kind));
    judged.set(kind, known);
    return known;
  };
  const ids = filter.ids && new Set(filter.ids);
  return (row) => isOfClass(row.class) && (ids === undefined || ids.has(row.id)) && matchesRow(row, filter);
};

const matchesRow = (row: TaskRow, { state, idPrefix, errorCode, since, until }: RowFilter): boolean => {
  if (errorCode && !errorCode.includes(row.run.error?.code ?? '')) return false;
  if (state && !state.includes(publicStateOf(row))) return false;
  if (idPrefix !== undefined && !row.id.startsWith(idPrefix)) return false;
  return (
    (since === undefined || row.submittedAt >= since) && (until === undefined || row.submittedAt < until)
  );
};

const matchesClass = (kind: TaskClass, filter: RowFilter): boolean => {
  if (filter.band && !filter.band.includes(kind.band)) return false;
  if (filter.namespace !== undefined && filter.namespace !== kind.namespace) return false;
  if (filter.project !== undefined && filter.project !== kind.project) return false;
  if (filter.projects !== undefined && !filter.projects.includes(kind.project)) return false;
  if (filter.cleared !== undefined && !isClearedFor(filter.cleared, kind)) return false;
  if (filter.type !== undefined && !filter.type.includes(kind.type)) return false;
  return hasLabels(kind.labels, filter.labels);
};

const hasLabels = (labels: TaskClass['labels'], wanted: RowFilter['labels'] = {}): boolean =>
  Object.entries(wanted).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);
