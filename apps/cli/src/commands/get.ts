import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { taskText } from '../task-view-text.ts';

export const addGet = (program: Command, cli: Cli): void => {
  const command = program.command('get').description('show one task').argument('<id>', 'the id of the task');
  withCommonFlags(command).action(async (id: string, flags: CommonFlags) => {
    const task = await withClient(cli, flags, (client) => client.get(id));
    cli.io.out(flags.json ? jsonText(task) : taskText(task, cli.io.now()));
  });
};
