import { BANDS } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { taskIdOf } from '../task-id.ts';

interface RebandFlags extends CommonFlags {
  readonly reason?: string;
}

export const addReband = (program: Command, cli: Cli): void => {
  const command = program
    .command('reband')
    .description('move a task to another band, while it waits or runs')
    .argument('<id>', 'the id of the task')
    .addArgument(new Argument('<band>', 'how urgent it is from now on').choices(BANDS))
    .option('--reason <text>', 'why, for the record');
  withCommonFlags(command).action(async (id: string, band: Band, { reason, ...flags }: RebandFlags) => {
    const task = await withClient(cli, flags, async (client) =>
      client.reband(await taskIdOf(client, id), band, { reason }),
    );
    cli.io.out(flags.json ? jsonText(task) : `${task.id} is in band ${task.band}\n`);
  });
};
