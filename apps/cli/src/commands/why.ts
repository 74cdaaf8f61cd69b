import type { WhyView } from '@precedent/contracts';
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
export const whyText = ({ task, reasons, place, startsInMs, preemptedBy, displaced }: WhyView): string => {
  const lines = [`${task.id} is ${task.state}`, ...reasons.map((reason) => `  ${reason}`)];
  if (place) lines.push(`  ${place.before} go before it; ${place.ofBand} of its band wait`);
  if (startsInMs)
    lines.push(`  it starts in about ${formatDuration(startsInMs.likely)} (${rangeText(startsInMs)})`);
  for (const { task: by, id } of preemptedBy) lines.push(`  it gave up its place to ${by} (decision ${id})`);
  for (const { victims, id } of displaced)
    lines.push(`  it took the place of ${victims.join(', ')} (decision ${id})`);
  return `${lines.join('\n')}\n`;
};

const rangeText = ({ earliest, latest }: { readonly earliest: number; readonly latest: number }): string =>
  `${formatDuration(earliest)} to ${formatDuration(latest)}`;
