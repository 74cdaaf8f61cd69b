import type { Job } from '@precedent/contract-types';
import { nearest } from '@precedent/kernel';
import { LABEL_FIELD, userCollection } from '@precedent/ports';
import type { ColumnType, HistoryReader, PointHit, TaskSummary, VectorIndex } from '@precedent/ports';
import { invalidField } from '../refusal.ts';
import { filterOf } from '../vectors/filter.ts';
import type { FilterCall } from '../vectors/filter.ts';
import { forTask, historyOf, tasksFilter } from './task-rows.ts';
import type { TasksCall } from './task-rows.ts';

export type ExportRow = Readonly<Record<string, unknown>>;

/** Rows, page by page. */
export interface ExportSource {
  /** In this order, where the payload names none. */
  readonly columns: readonly string[];
  page(
    after: string,
    limit: number,
  ): Promise<{ readonly rows: readonly ExportRow[]; readonly next?: string }>;
}

export interface SourceCall extends TasksCall {
  readonly source: 'tasks' | 'collection';
  readonly collection?: string | undefined;
  readonly filter?: FilterCall | undefined;
  readonly columns?: readonly string[] | undefined;
}

export interface ExportSourceParts {
  readonly history: HistoryReader | undefined;
  readonly vectors: VectorIndex;
  readonly job: Pick<Job, 'namespace' | 'security'>;
}

/** Where the rows come from. Throws INVALID_TASK for an unknown column, and HISTORY_UNAVAILABLE. */
export const exportSource = (call: SourceCall, parts: ExportSourceParts): ExportSource =>
  call.source === 'tasks' ? taskSource(call, parts) : pointSource(call, parts);

/** Types of the columns that are not text. The types of other columns, of points of users, are found from their values. */
export const COLUMN_TYPES: Readonly<Record<string, ColumnType>> = {
  submittedAt: 'time',
  startedAt: 'time',
  settledAt: 'time',
  durationMs: 'integer',
  attempts: 'integer',
  preemptions: 'integer',
  chunk: 'integer',
  chunks: 'integer',
  at: 'time',
};

const TASK_COLUMNS = [
  'id',
  'project',
  'type',
  'name',
  'band',
  'state',
  'submittedAt',
  'startedAt',
  'settledAt',
  'durationMs',
  'attempts',
  'preemptions',
  'worker',
  'errorCode',
  'errorMessage',
  'fingerprint',
] as const;

const taskSource = (call: SourceCall, { history: given, job }: ExportSourceParts): ExportSource => {
  const unknown = call.columns?.find((column) => !(TASK_COLUMNS as readonly string[]).includes(column));
  if (unknown !== undefined) {
    const near = nearest(unknown, TASK_COLUMNS);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    throw invalidField('columns', `expected some of ${TASK_COLUMNS.join(', ')}; got "${unknown}"${hint}`);
  }
  const history = historyOf(given);
  const filter = tasksFilter(job.namespace, call);
  return {
    columns: TASK_COLUMNS,
    page: async (after, limit) => {
      const { tasks, next } = await history.list(filter, { limit, ...(after !== '' && { after }) });
      return { rows: forTask(job, tasks).map(taskRow), ...(next !== undefined && { next }) };
    },
  };
};

const isoOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();

const taskRow = ({ error, submittedAt, startedAt, settledAt, ...task }: TaskSummary): ExportRow => ({
  ...task,
  submittedAt: isoOf(submittedAt),
  startedAt: isoOf(startedAt),
  settledAt: isoOf(settledAt),
  errorCode: error?.code,
  errorMessage: error?.message,
  fingerprint: error?.fingerprint,
});

const POINT_COLUMNS = ['id', 'key', 'path', 'chunk', 'heading', 'text', 'at'];

const pointSource = (call: SourceCall, { vectors, job }: ExportSourceParts): ExportSource => {
  const collection = userCollection(call.collection ?? '');
  const cleared = { clearances: job.security === undefined ? [] : [job.security] };
  const filter = { ...filterOf(job.namespace, call.filter ?? {}), cleared };
  return {
    columns: POINT_COLUMNS,
    page: async (after, limit) => {
      const { points, next } = await vectors.scroll(collection, filter, {
        limit,
        ...(after !== '' && { after }),
      });
      return { rows: points.map(pointRow), ...(next !== undefined && { next }) };
    },
  };
};

const pointRow = ({ id, payload }: Omit<PointHit, 'score'>): ExportRow => {
  const { namespace: _, [LABEL_FIELD]: __, at, ...fields } = payload;
  return { id, ...fields, at: isoOf(at) };
};
