import type { BulkPreview, BulkResult, TaskView } from '@precedent/contract-types';
import { fieldsText, shortAgeText } from './output.ts';
import { styledWord } from './terminal/style.ts';
import { tableText } from './terminal/table.ts';
import type { Page } from './terminal/table.ts';
import { visibleLine } from './terminal/visible.ts';

const HEADER = ['id', 'state', 'band', 'project', 'type', 'age', 'name'];

/** How many tasks it is about, and some of them. */
export const sampleText = ({ action, count, sample, seq }: BulkPreview, page: Page): string => {
  if (count === 0) return `nothing to ${action}: the filter finds no task\n`;
  const rows = sample.map(({ id, state, band, project, type, submittedAt, name = '' }) => [
    id,
    styledWord(state),
    styledWord(band),
    project,
    type,
    shortAgeText(submittedAt, page.now),
    visibleLine(name),
  ]);
  const more = count > sample.length ? `and ${count - sample.length} more\n` : '';
  const tasks = count === 1 ? '1 task' : `${count} tasks`;
  return `${tableText(HEADER, rows, page)}${more}${tasks} to ${action}, as of entry ${seq} of the journal\n`;
};

/** What came of each of the tasks. */
export const bulkText = ({ id, state, result, error }: TaskView): string => {
  const { action, total, done, already, refused, stopped, mended } = Object(result) as Partial<BulkResult>;
  if (state !== 'completed') return `task ${id} is ${state}: ${error?.message ?? ''}\n`;
  const refusals = Object.entries(refused ?? {}).map(([code, count]) => `${count} ${code}`);
  return fieldsText([
    [String(action), `${total} tasks`],
    ['done', String(done)],
    ['so before', already === 0 ? undefined : String(already)],
    ['refused', refusals.length === 0 ? undefined : refusals.join(', ')],
    ['stopped', stopped && stoppedText(stopped)],
    ['left', stopped && String(stopped.left)],
    ['it helped', mended && `precedent resolve ${mended.task} "…" --evidence ${mended.by}`],
  ]);
};

const stoppedText = ({ failed, ended, maxFailed }: NonNullable<BulkResult['stopped']>): string =>
  `by itself: ${failed} of ${ended} failed, ${Math.round(maxFailed * 1_000) / 10} % may`;
