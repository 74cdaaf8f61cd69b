import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { statusText } from '../task-view-text.ts';

export const addStatus = (program: Command, cli: Cli): void => {
  const command = program.command('status').description('show the engine, its bands and its workers');
  withCommonFlags(command).action(async (flags: CommonFlags) => {
    const status = await withClient(cli, flags, (client) => client.status());
    cli.io.out(flags.json ? jsonText(status) : statusText(status, cli.io.now()));
  });
};
