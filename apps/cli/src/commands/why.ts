import { WORKFLOW_TYPE } from '@precedent/contract-types';
import type { TaskView, WhyView, WithinMs } from '@precedent/contract-types';
import { isVerdict } from '@precedent/contract-types';
import { countText, formatAgo, formatDuration, formatIn } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { failureText } from '../failure-text.ts';
import { jsonText } from '../output.ts';
import { remedyText } from '../problem-text.ts';
import { titleText } from '../task-view-text.ts';
import { styledWord } from '../terminal/style.ts';
import { visibleLine } from '../terminal/visible.ts';
import { taskIdOf } from '../task-id.ts';

export const addWhy = (program: Command, cli: Cli): void => {
  const command = program
    .command('why')
    .description('explain why a task waits, where it runs, or how it ended')
    .argument('<id>', 'the id of the task');
  withCommonFlags(command).action(async (id: string, flags: CommonFlags) => {
    const why = await withClient(cli, flags, async (client) => client.why(await taskIdOf(client, id)));
    cli.io.out(flags.json ? jsonText(why) : whyText(why, cli.io.now()));
  });
};

/** The chain of reasons as lines, the nearest first. */
export const whyText = (why: WhyView, now: number): string => {
  const { task, reasons, place, preemptedBy, displaced } = why;
  const isOver = isVerdict(task.state);
  // The first reason of a settled task only says that it is settled.
  const shown = isOver ? [...endLines(task), ...reasons.slice(1)] : reasons;
  const lines = [headText(task, now), ...shown.map((reason) => `  ${visibleLine(reason)}`)];
  if (place)
    lines.push(`  ${countText(place.before, 'task')} before it; ${place.ofBand} of its band waiting`);
  if (!isOver) lines.push(...timeLines(why));
  for (const { task: by, id } of preemptedBy) lines.push(`  preempted by ${by} (decision ${id})`);
  for (const { victims, id } of displaced) lines.push(`  preempted ${victims.join(', ')} (decision ${id})`);
  return `${lines.join('\n')}\n`;
};

const headText = (task: TaskView, now: number): string => {
  const { id, state, settledAt } = task;
  const since =
    settledAt === undefined || !isVerdict(state) ? '' : ` ${formatAgo(Math.max(0, now - settledAt))}`;
  return `${id} ${styledWord(state, STATE_WORDS[state] ?? `is ${state}`)}${since}: ${visibleLine(titleText(task))}`;
};

/** How a verdict is said of a task; of the other states a task is in one. */
const STATE_WORDS: Partial<Record<TaskView['state'], string>> = {
  completed: 'completed',
  failed: 'failed',
  cancelled: 'was cancelled',
  timed_out: 'timed out',
  skipped: 'was skipped',
  rejected: 'was rejected',
};

/** How a task ended: where, after how long, why, and what to do about it. */
const endLines = ({
  id,
  type,
  attempt,
  worker,
  startedAt,
  settledAt,
  error,
}: TaskView): readonly string[] => {
  const ran =
    startedAt === undefined || settledAt === undefined
      ? ''
      : ` after ${formatDuration(settledAt - startedAt)}`;
  const where = worker === undefined ? '' : ` on ${worker}`;
  const endedText = (): string => {
    if (type === WORKFLOW_TYPE) return `its steps: precedent workflow run ${id}`;
    return attempt === 0 ? 'it never started' : `it ended in attempt ${attempt}${where}${ran}`;
  };
  return [
    endedText(),
    ...(error ? [`${error.code}: ${failureText(error)}`, remedyText(error.code, id)] : []),
  ];
};

/** When it starts, how long it takes and when it ends, as far as it is known. */
const timeLines = ({ startsInMs, duration, endsInMs }: WhyView): readonly string[] => [
  ...(startsInMs ? [`  it starts ${withinText(startsInMs)}, by ${basisText(startsInMs)}`] : []),
  ...(endsInMs ? [`  it ends ${withinText(endsInMs)}`] : []),
  ...(duration
    ? [
        `  it takes about ${formatDuration(duration.p50)} (${formatDuration(duration.p10)} to ${formatDuration(duration.p90)}), by ${countText(duration.support, 'similar run')}`,
      ]
    : []),
];

const withinText = ({ earliest, likely, latest }: WithinMs): string =>
  likely < 1
    ? formatIn(likely)
    : `in about ${formatDuration(likely)} (${formatDuration(earliest)} to ${formatDuration(latest)})`;

const basisText = ({ basis, support }: NonNullable<WhyView['startsInMs']>): string => {
  if (basis === 'pace') return 'the recent throughput';
  return support === undefined ? 'predictions' : `predictions from ${countText(support, 'run')} or more`;
};
