import type { Problem } from '@precedent/kernel';
import { spaced } from '@precedent/ports';
import type { TaskEntry } from '@precedent/ports';
import {
  NO_DURABLE_STATE,
  NO_RUN,
  TaskRow,
  durableStateOf,
  isSettled,
  storedDurableState,
} from '@precedent/tasks';
import type { StoredDurableState, TaskClass, TaskRun, TaskStateName } from '@precedent/tasks';

import type { ClassNumbers } from './class-table.ts';

/** A row as SQLite gives it. */
export type Columns = Readonly<Record<string, unknown>>;

/** What the fold needs and no column holds: the machine's state, the run without its result, the durable state. */
type Fold = readonly [state: TaskStateName, run: TaskRun, durable: StoredDurableState];

/** The names of all columns but `row`, in the order of `valuesOf`. */
export const ENTRY_COLUMNS = [
  'id',
  'class',
  'kind',
  'band',
  'type',
  'namespace',
  'project',
  'submitted_at',
  'place',
  'expires_at',
  'key',
  'name',
  'command',
  'body',
] as const;

/** Those that change. */
export const CHANGING_COLUMNS = [
  'state',
  'first_started_at',
  'settled_at',
  'waited_ms',
  'ran_ms',
  'worker',
  'error_code',
  'attempt',
  'retries',
  'losses',
  'epoch',
  'as_of',
  'fold',
  'result',
] as const;

export type ColumnValue = string | number | null;

/** Of `ENTRY_COLUMNS`. */
export const fixedValues = (entry: TaskEntry, numbers: ClassNumbers): ColumnValue[] => {
  const { row } = entry;
  const { band, type, namespace, project } = row.class;
  return [
    row.id,
    numbers.class,
    numbers.kind,
    band,
    type,
    namespace,
    project,
    row.submittedAt,
    row.order,
    row.expiresAt,
    row.key ?? null,
    entry.name ?? null,
    entry.command ?? null,
    row.body,
  ];
};

/** Of `CHANGING_COLUMNS`. */
export const changingValues = (entry: TaskEntry): ColumnValue[] => {
  const { row, firstStartedAt } = entry;
  const { run } = row;
  return [
    entry.state,
    firstStartedAt > 0 ? firstStartedAt : null,
    run.settledAt ?? null,
    firstStartedAt > 0 ? firstStartedAt - row.submittedAt : null,
    entry.ranMs,
    run.worker ?? null,
    run.error?.code ?? null,
    row.attempt,
    row.retries,
    row.losses,
    row.epoch,
    entry.asOf,
    foldText(entry),
    run.result === undefined ? null : JSON.stringify(run.result),
  ];
};

/** Most verdicts need none: their columns say it all. */
const foldText = ({ row, firstStartedAt }: TaskEntry): string | null => {
  const { state, run, durable } = row;
  if (state === 'completed' && durable === NO_DURABLE_STATE && run.error === undefined)
    return run.startedAt === firstStartedAt ? null : String(run.startedAt ?? NEVER);
  const { result: _, ...rest } = run;
  const fold: Fold = [state, rest, storedDurableState(durable)];
  return JSON.stringify(fold);
};

/** Stands for no start of the last lease; without a text it started when the task did. */
const NEVER = 0;

/** An entry from its columns. */
export const entryOf = (columns: Columns, taskClass: TaskClass): TaskEntry => {
  const row = new TaskRow({
    id: textOf(columns['id']),
    class: taskClass,
    body: textOf(columns['body']),
    order: Number(columns['place']),
    at: Number(columns['submitted_at']),
    expiresAt: Number(columns['expires_at']),
    key: optionalText(columns['key']),
  });
  row.progress = {
    ...row.progress,
    attempt: Number(columns['attempt']),
    retries: Number(columns['retries']),
    losses: Number(columns['losses']),
    epoch: Number(columns['epoch']),
  };
  unfold(row, columns);
  return {
    row,
    name: optionalText(columns['name']),
    command: optionalText(columns['command']),
    state: textOf(columns['state']) as TaskEntry['state'],
    firstStartedAt: Number(columns['first_started_at'] ?? 0),
    ranMs: Number(columns['ran_ms']),
    asOf: Number(columns['as_of']),
  };
};

/** The last error of a task. */
export const lastErrorOf = ({ fold }: Columns): Problem | undefined => {
  if (typeof fold !== 'string' || !fold.startsWith('[')) return undefined;
  const [, run] = JSON.parse(fold) as Fold;
  return run.error;
};

const unfold = (row: TaskRow, columns: Columns): void => {
  const fold: Fold | number | null =
    columns['fold'] === null ? null : (JSON.parse(textOf(columns['fold'])) as Fold | number);
  const result: unknown = columns['result'] === null ? undefined : JSON.parse(textOf(columns['result']));
  const withResult = result === undefined ? {} : { result };
  if (Array.isArray(fold)) {
    const [state, run, durable] = fold as Fold;
    row.state = state;
    row.progress = {
      ...row.progress,
      run: Object.keys(run).length === 0 && result === undefined ? NO_RUN : { ...run, ...withResult },
      durable: durableStateOf(durable),
    };
    return;
  }
  row.state = 'completed';
  const run = {
    worker: optionalText(columns['worker']),
    startedAt: positive(typeof fold === 'number' ? fold : columns['first_started_at']),
    settledAt: Number(columns['settled_at']),
    ...withResult,
  };
  row.progress = { ...row.progress, run };
};

const positive = (value: unknown): number | undefined => Number(value ?? NEVER) || undefined;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What the words of a task are searched in, in the order of the columns of `words`. */
export const searchTextsOf = (entry: TaskEntry): [string, string, string, string, string] => {
  const { row, name = '', command = '' } = entry;
  const { class: kind, run } = row;
  const texts = [name, kind.type, command, errorWords(run.error), labelWords(kind)] as const;
  return texts.map(spaced) as [string, string, string, string, string];
};

const errorWords = (error: Problem | undefined): string => (error ? `${error.code} ${error.message}` : '');

const labelWords = ({ labels }: TaskClass): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name} ${value}`)
    .join(' ');

/** Rows in `labels`. */
export const labelKey = (name: string, value: string): string => `${name}=${value}`;

export const isOver = (entry: TaskEntry): boolean => isSettled(entry.row.state);
