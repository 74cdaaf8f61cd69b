import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { taskIdOf } from '../task-id.ts';

interface CancelFlags extends CommonFlags {
  readonly reason?: string;
}

export const addCancel = (program: Command, cli: Cli): void => {
  const command = program
    .command('cancel')
    .description('cancel a task: at once when it waits, after its code has stopped when it runs')
    .argument('<id>', 'the id of the task')
    .option('--reason <text>', 'why, for the record');
  withCommonFlags(command).action(async (id: string, flags: CancelFlags) => {
    const task = await withClient(cli, flags, async (client) =>
      client.cancel(await taskIdOf(client, id), flags.reason),
    );
    cli.io.out(
      flags.json ? jsonText(task) : `${task.id} ${task.stopping ? 'is being stopped' : task.state}\n`,
    );
  });
};
