import type { HistoryTaskView, ListReply, TaskView } from '@precedent/contract-types';
import { formatDuration } from '@precedent/kernel';
import { briefFailure, codedFailure } from './failure-text.ts';
import { fieldsText, shortAgeText, timeText } from './output.ts';
import { remedyText } from './problem-text.ts';
import { shortIds } from './short-ids.ts';
import { styled, styledWord, styleOf } from './terminal/style.ts';
import { tableText } from './terminal/table.ts';
import type { TableCell, Column, Page } from './terminal/table.ts';
import { visibleLine } from './terminal/visible.ts';

const stateText = ({ state, stopping, waiting }: TaskView): string => {
  const word = styledWord(state);
  if (stopping !== undefined) return `${word}, stopping (${stopping})`;
  return waiting === undefined ? word : `${word}: ${visibleLine(waiting.detail)}`;
};

export const labelsText = (labels: Readonly<Record<string, string>> | undefined): string | undefined => {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? undefined : visibleLine(pairs.join(', '));
};

const progressText = ({ progress }: TaskView): string | undefined => {
  if (progress === undefined) return undefined;
  const percent = `${Math.round(progress.fraction * 100)} %`;
  return progress.message === undefined ? percent : `${percent}, ${visibleLine(progress.message)}`;
};

type Titled = Pick<HistoryTaskView, 'name' | 'commandLine' | 'command' | 'args' | 'type'>;

/** What a task runs, as one line; `undefined` for one that is no command. */
export const commandOf = ({ commandLine, command, args = [] }: Omit<Titled, 'type'>): string | undefined =>
  commandLine ?? (command === undefined ? undefined : [command, ...args].join(' '));

/** What people know a task by: its name and its command, or its name and its type. */
export const titleText = (task: Titled): string =>
  [task.name, commandOf(task) ?? task.type].filter((part) => part !== undefined).join(': ');

/** One task, all that is known of it, and what else is. */
export const taskText = (
  task: HistoryTaskView,
  now: number,
  more: Parameters<typeof fieldsText>[0] = [],
): string => {
  const command = commandOf(task);
  return fieldsText([
    ['id', task.id],
    ['name', task.name && visibleLine(task.name)],
    ['command', command && visibleLine(command)],
    ['state', stateText(task)],
    ['error', task.error && styled(codedFailure(task.error), 'bad')],
    ['remedy', task.state === 'completed' || !task.error ? undefined : remedyText(task.error.code, task.id)],
    ['type', task.type],
    ['band', styledWord(task.band)],
    ['project', `${task.namespace}/${task.project}`],
    ['pool', task.pool === 'default' ? undefined : task.pool],
    ['labels', labelsText(task.labels)],
    ['attempt', String(task.attempt)],
    ['retries', task.retries === 0 ? undefined : String(task.retries)],
    ['worker', task.worker],
    ['progress', progressText(task)],
    ['digest', task.specDigest],
    ['signed by', task.signedBy],
    ['submitted', timeText(task.submittedAt, now)],
    ['started', timeText(task.startedAt, now)],
    ['due', timeText(task.dueAt, now)],
    ['settled', timeText(task.settledAt, now)],
    ['repeats', task.redriveOf && `${task.redriveOf.task} (repetition ${task.redriveOf.times})`],
    ['repeated', task.redrivenAs && `as ${task.redrivenAs}`],
    ['result', task.result === undefined ? undefined : visibleLine(JSON.stringify(task.result))],
    ...more,
  ]);
};

export const ID_COLUMN: Column = { heading: 'id', shorten: shortIds };

const TASK_COLUMNS: readonly (Column | string)[] = [
  ID_COLUMN,
  'state',
  { heading: 'band', drop: 5 },
  { heading: 'project', drop: 1 },
  { heading: 'attempt', drop: 3 },
  'age',
  { heading: 'worker', drop: 2 },
  { heading: 'task', min: 16 },
  { heading: 'note', min: 20 },
];

const taskRow = (task: TaskView, { now, columns }: Page): readonly TableCell[] => [
  task.id,
  { text: task.stopping === undefined ? task.state : `${task.state}*`, style: styleOf(task.state) },
  { text: task.band, style: styleOf(task.band) },
  `${task.namespace}/${task.project}`,
  String(task.attempt),
  shortAgeText(task.submittedAt, now),
  task.worker ?? '-',
  titleText(task),
  noteText(task, Number.isFinite(columns) ? briefFailure : codedFailure),
];

/** What there is to say of a task, beyond its state: why it failed, what it waits for, how far it is. */
const noteText = (task: TaskView, failure: typeof codedFailure): string => {
  const { error, waiting, stopping, state } = task;
  if (stopping !== undefined) return `stopping (${stopping})`;
  if (state === 'running') return progressText(task) ?? (error ? `again, after ${failure(error)}` : '');
  return [...(error ? [failure(error)] : []), ...(waiting ? [waiting.detail] : [])].join('; ');
};

/** Many tasks, one line each. */
export const taskTable = ({ tasks, truncated }: ListReply, page: Page): string => {
  if (tasks.length === 0) return 'no tasks that match; `precedent submit -- echo hello` makes one\n';
  const rows = tasks.map((task) => taskRow(task, page));
  return (
    tableText(TASK_COLUMNS, rows, page) + (truncated ? 'there are more; raise --limit or name fewer\n' : '')
  );
};

/** How long a task ran, or runs. */
export const runTimeText = ({ startedAt, settledAt }: TaskView, now: number): string =>
  startedAt === undefined ? '-' : formatDuration(Math.max(0, (settledAt ?? now) - startedAt));
