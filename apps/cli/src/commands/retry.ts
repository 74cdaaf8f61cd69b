import { countText } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { redriveOptionsOf, withRedriveFlags } from '../redrive-flags.ts';
import type { RedriveFlags } from '../redrive-flags.ts';
import { taskIdOf } from '../task-id.ts';

interface RetryFlags extends CommonFlags, RedriveFlags {
  readonly dependants?: boolean;
}

export const addRetry = (program: Command, cli: Cli): void => {
  const command = program
    .command('retry')
    .description('run a task again that failed, timed out, was cancelled or skipped, as a new task')
    .argument('<id>', 'the id of the task')
    .option('--dependants', 'run the tasks again, too, that were skipped because of it');
  withCommonFlags(withRedriveFlags(command)).action(async (id: string, flags: RetryFlags) => {
    const options = { ...redriveOptionsOf(flags), ...(flags.dependants && { dependants: true }) };
    const reply = await withClient(cli, flags, async (client) =>
      client.retry(await taskIdOf(client, id), options),
    );
    if (flags.json) return cli.io.out(jsonText(reply));
    const { task, reopened } = reply;
    const others = reopened.length === 0 ? '' : `, with ${countText(reopened.length, 'skipped task')}`;
    cli.io.out(`${task.id} repeats ${task.redriveOf?.task ?? id}${others}\n`);
  });
};
