import { LIMITS } from '@precedent/contracts';
import { TASK_STATES } from '@precedent/contract-types';
import type { ListRequest } from '@precedent/contract-types';
import { BANDS, defined } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { gathered, wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { taskTable } from '../task-view-text.ts';
import { timeArgument } from '../time-argument.ts';
import { labelsOf } from './history-flags.ts';
import { known } from './choices.ts';

interface ListFlags extends CommonFlags {
  readonly state?: readonly string[];
  readonly band?: readonly string[];
  readonly namespace?: string;
  readonly project?: string;
  readonly type?: string;
  readonly label?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const SHOWN = 50;

export const addList = (program: Command, cli: Cli): void => {
  const command = program
    .command('list')
    .description('list tasks: running ones, recent verdicts, those that wait, in run order, then older ones')
    .option('--state <states>', `with commas: ${TASK_STATES.join(', ')}`, gathered)
    .option('--band <bands>', `with commas: ${BANDS.join(', ')}`, gathered)
    .option('--namespace <namespace>', 'of this namespace')
    .option('--project <project>', 'of this project')
    .option('--type <type>', 'of this type')
    .option('--label <name=value>', 'with this label; may be repeated', gathered)
    .option('--since <time>', 'submitted since: a time such as 2026-11-20T12:00Z, or "2h" ago')
    .option('--until <time>', 'submitted before')
    .option('--limit <n>', 'at most so many', wholeNumber('--limit', [1, LIMITS.listed]), SHOWN)
    .option('--cursor <cursor>', 'the next page of an earlier list');
  withCommonFlags(command).action(async (flags: ListFlags) => {
    const filter = {
      ...filterOf(flags, cli.io.now()),
      ...(flags.cursor !== undefined && { cursor: flags.cursor }),
    };
    const reply = await withClient(cli, flags, (client) => client.list(filter));
    if (flags.json) return cli.io.out(jsonText(reply));
    const { cursor } = reply;
    const more = cursor === undefined ? '' : `there are more: --cursor ${cursor}\n`;
    cli.io.out(
      taskTable({ ...reply, truncated: reply.truncated && cursor === undefined }, pageOf(cli.io)) + more,
    );
    if (reply.partial !== undefined) cli.io.err(`${reply.partial}\n`);
  });
};

const filterOf = (
  { state, band, namespace, project, type, label, since, until, limit }: ListFlags,
  now: number,
): ListRequest => ({
  ...(state && { state: known('--state', state, TASK_STATES) }),
  ...(band && { band: known('--band', band, BANDS) }),
  ...defined({ namespace, project, type }),
  ...(label && { labels: labelsOf(label) }),
  ...(since !== undefined && { since: timeArgument('--since', since, now) }),
  ...(until !== undefined && { until: timeArgument('--until', until, now) }),
  limit,
});
