import type { DryRunView } from '@precedent/contract-types';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Page } from '../terminal/table.ts';
import type { TaskFlags } from '../task-flags.ts';
import { specOf, withTaskFlags, workOf } from '../task-flags.ts';
import { UsageError } from '../usage-error.ts';

interface PreemptFlags extends TaskFlags, CommonFlags {
  readonly dryRun?: boolean;
}

export const addPreempt = (program: Command, cli: Cli): void => {
  const command = program
    .command('preempt')
    .description('show whether a task like this would start now, and which tasks it would preempt')
    .argument('[type]', 'the type of the task')
    .option('--dry-run', 'required: nothing is submitted or preempted');
  withCommonFlags(withTaskFlags(command)).action(async (type: string | undefined, flags: PreemptFlags) => {
    if (flags.dryRun !== true) {
      throw new UsageError('preempt needs --dry-run: tasks preempt by being submitted');
    }
    const spec = { ...(await specOf(flags, cli.io)), ...workOf(type, cli.words) };
    const view = await withClient(cli, flags, (client) => client.dryRun(spec));
    cli.io.out(flags.json ? jsonText(view) : dryRunText(view, pageOf(cli.io)));
  });
};

const dryRunText = ({ startsOn, outcome, explanation, candidates }: DryRunView, page: Page): string => {
  const head = startsOn === undefined ? `${outcome}: ${explanation}` : `starts at once on ${startsOn}`;
  const rows = candidates.map(({ id, worker, fate }) => [id, worker, fate]);
  return rows.length === 0
    ? `${head}\n`
    : `${head}\n${tableText(['running', 'worker', { heading: 'outcome', min: 20 }], rows, page)}`;
};
