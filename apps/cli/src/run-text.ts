import type { OpenApprovalView, RunStepView, RunView } from '@precedent/contract-types';
import { formatDuration } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { fieldsText, shortAgeText, timeText } from './output.ts';
import { styledWord } from './terminal/style.ts';
import { tableText } from './terminal/table.ts';
import type { Page } from './terminal/table.ts';
import { visibleLine } from './terminal/visible.ts';

/** A run, with a row for each step. */
export const workflowRunText = (run: RunView, page: Page): string => {
  const { workflow, revision } = run;
  const fields = fieldsText([
    ['run', run.id],
    ['workflow', workflow === undefined ? undefined : `${workflow}, revision ${revision ?? '?'}`],
    ['phase', run.phase],
    ['again after', run.rerunOf],
    ['signals', run.signals?.join(', ')],
  ]);
  const rows = run.steps.map((step) => [
    step.name,
    step.kind,
    styledWord(step.state),
    tookText(step, page.now),
    visibleLine(detailOf(step, page.now)),
  ]);
  const columns = ['step', 'kind', 'state', 'took', { heading: 'detail', min: 20 }];
  return `${fields}\n${tableText(columns, rows, page)}`;
};

const tookText = ({ startedAt, endedAt }: RunStepView, now: EpochMs): string =>
  startedAt === undefined ? '' : formatDuration(Math.max(0, (endedAt ?? now) - startedAt));

const detailOf = (step: RunStepView, now: EpochMs): string => {
  const { items, round, task, error, needs, state, dueAt, decisions = [], compensation, reused } = step;
  const parts = [
    reused && 'taken over',
    state === 'waiting' && needs.length > 0 && `needs ${needs.join(', ')}`,
    items && `${items.completed} of ${items.count} completed, ${items.failed} failed, ${items.open} open`,
    round !== undefined && `round ${round}`,
    dueAt !== undefined && `due ${timeText(dueAt, now) ?? ''}`,
    ...decisions.map(({ by = 'somebody', approve }) => `${approve ? 'approved' : 'refused'} by ${by}`),
    compensation && `undone: ${compensation}`,
    error?.message ?? task,
  ];
  return parts.filter((part) => part).join('; ');
};

/** What can be approved now. */
export const approvalsText = (approvals: readonly OpenApprovalView[], page: Page): string =>
  approvals.length === 0
    ? 'nothing waits for an approval\n'
    : tableText(
        [
          'run',
          'step',
          { heading: 'workflow', drop: 1 },
          'waits',
          { heading: 'by', drop: 2 },
          { heading: 'message', min: 10 },
        ],
        approvals.map(({ id, step, workflow = '', since, submittedBy = '', message = '' }) => [
          id,
          step,
          workflow,
          shortAgeText(since, page.now),
          submittedBy,
          visibleLine(message),
        ]),
        page,
      );
