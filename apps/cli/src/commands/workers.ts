import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { pageOf } from '../io.ts';
import { workerTable } from '../worker-text.ts';

export const addWorkers = (program: Command, cli: Cli): void => {
  const command = program.command('workers').description('list the workers of the cell');
  withCommonFlags(command).action(async (flags: CommonFlags) => {
    const workers = await withClient(cli, flags, (client) => client.workers());
    cli.io.out(flags.json ? jsonText(workers) : workerTable(workers, pageOf(cli.io)));
  });
};
