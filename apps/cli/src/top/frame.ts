import type { DecisionView, EngineStatus, TaskView, WorkerView } from '@precedent/contract-types';
import { countText, formatDuration } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { shortAgeText } from '../output.ts';
import { bandTable, settledText } from '../status-text.ts';
import { taskTable } from '../task-view-text.ts';
import { styled } from '../terminal/style.ts';
import { tableText } from '../terminal/table.ts';
import type { Page } from '../terminal/table.ts';
import { cutToWidth } from '../terminal/width.ts';
import { workerTable } from '../worker-text.ts';

/** What one look at a cell found. */
export interface Sight {
  readonly status: EngineStatus;
  readonly workers: readonly WorkerView[];
  /** Running ones, then those that wait, in run order. */
  readonly tasks: readonly TaskView[];
  /** The latest decisions about who starts at whose expense. */
  readonly decisions: readonly DecisionView[];
  /** Why the latest look found nothing new. */
  readonly problem?: Problem;
}

export interface FramePage extends Page {
  /** Lines of the terminal; `Infinity` for a pipe or a file. */
  readonly rows: number;
}

const WORKERS_MAX = 6;
const DECISIONS_MAX = 4;
/** Lines between the sections, and the last one of the terminal. */
const SPACES = 4;
/** A heading and a row. */
const TASK_LINES_MIN = 2;

/** The whole picture as lines, no more than the terminal has. */
export const frameOf = (sight: Sight, page: FramePage): readonly string[] => {
  const head = [...headLines(sight, page), ...problemLines(sight), ''];
  const bands = linesOf(bandTable(sight.status, page));
  const workers = folded(linesOf(workerTable(sight.workers, page)), WORKERS_MAX + 1, 'worker');
  const decisions = decisionLines(sight.decisions, page);
  const left =
    page.rows -
    head.length -
    bands.length -
    workers.length -
    decisions.length -
    (decisions.length > 0 ? SPACES : SPACES - 1);
  const tasks = folded(taskLines(sight, page), Math.max(TASK_LINES_MIN, left), 'task');
  const lines = [
    ...head,
    ...bands,
    '',
    ...workers,
    '',
    ...tasks,
    ...(decisions.length > 0 ? ['', ...decisions] : []),
  ];
  return lines.slice(0, Math.max(1, page.rows - 1)).map((line) => cutToWidth(line, page.columns));
};

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

const headLines = ({ status }: Sight, { now }: Page): readonly string[] => {
  const { cell, state, workers, slots, startedAt } = status;
  const busy = Object.values(status.bands).reduce((sum, { running }) => sum + running, 0);
  const facts = [
    `cell ${cell} ${state} for ${formatDuration(Math.max(0, now - startedAt))}`,
    `${busy} of ${countText(slots, 'slot')} busy on ${countText(workers, 'worker')}`,
  ];
  return [facts.join(', '), `settled ${settledText(status, now)}`];
};

const problemLines = ({ problem }: Sight): readonly string[] =>
  problem === undefined ? [] : [styled(`${problem.code}: ${problem.message}; trying again`, 'bad')];

const taskLines = ({ tasks }: Sight, page: Page): readonly string[] =>
  tasks.length === 0 ? ['no task runs or waits'] : linesOf(taskTable({ tasks, truncated: false }, page));

const DECISION_COLUMNS = ['age', 'outcome', { heading: 'preemptions and waits', min: 30 }] as const;

const decisionLines = (decisions: readonly DecisionView[], page: Page): readonly string[] => {
  if (decisions.length === 0) return [];
  const rows = decisions
    .slice(0, DECISIONS_MAX)
    .map(({ at, outcome, explanation }) => [shortAgeText(at, page.now), outcome, explanation]);
  return linesOf(tableText(DECISION_COLUMNS, rows, page));
};

/** At most so many lines; the last one counts those that are left out. */
const folded = (lines: readonly string[], max: number, what: string): readonly string[] => {
  if (lines.length <= max) return lines;
  const hidden = lines.length - max + 1;
  return [...lines.slice(0, max - 1), styled(`… ${countText(hidden, `more ${what}`)}`, 'muted')];
};
