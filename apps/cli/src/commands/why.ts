import type { WhyView, WithinMs } from '@precedent/contracts';
import { formatDuration } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';

export const addWhy = (program: Command, cli: Cli): void => {
  const command = program
    .command('why')
    .description('tell why a task is where it is')
    .argument('<id>', 'the id of the task');
  withCommonFlags(command).action(async (id: string, flags: CommonFlags) => {
    const why = await withClient(cli, flags, (client) => client.why(id));
    cli.io.out(flags.json ? jsonText(why) : whyText(why));
  });
};

/** The chain of reasons as lines, the nearest first. */
export const whyText = (why: WhyView): string => {
  const { task, reasons, place, preemptedBy, displaced } = why;
  const lines = [`${task.id} is ${task.state}`, ...reasons.map((reason) => `  ${reason}`)];
  if (place) lines.push(`  ${place.before} go before it; ${place.ofBand} of its band wait`);
  lines.push(...timeLines(why));
  for (const { task: by, id } of preemptedBy) lines.push(`  it gave up its place to ${by} (decision ${id})`);
  for (const { victims, id } of displaced)
    lines.push(`  it took the place of ${victims.join(', ')} (decision ${id})`);
  return `${lines.join('\n')}\n`;
};

/** When it starts, how long it takes and when it ends, as far as anybody knows. */
const timeLines = ({ startsInMs, duration, endsInMs }: WhyView): readonly string[] => [
  ...(startsInMs ? [`  it starts in about ${withinText(startsInMs)}, by ${basisText(startsInMs)}`] : []),
  ...(endsInMs ? [`  it ends in about ${withinText(endsInMs)}`] : []),
  ...(duration
    ? [
        `  it takes about ${formatDuration(duration.p50)} (${formatDuration(duration.p10)} to ${formatDuration(duration.p90)}), by ${duration.support} runs like it`,
      ]
    : []),
];

const withinText = ({ earliest, likely, latest }: WithinMs): string =>
  `${formatDuration(likely)} (${formatDuration(earliest)} to ${formatDuration(latest)})`;

const basisText = ({ basis, support }: NonNullable<WhyView['startsInMs']>): string => {
  if (basis === 'pace') return 'the pace of late';
  return support === undefined ? 'predictions' : `predictions from ${support} runs or more`;
};
