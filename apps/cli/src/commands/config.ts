import { describeConfig } from '@precedent/config';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { tableText } from '../terminal/table.ts';

export const addConfig = (program: Command, cli: Cli): void => {
  const command = program
    .command('config')
    .description('print every setting, and where its value comes from');
  withCommonFlags(command).action((flags: CommonFlags) => {
    const rows = describeConfig(configOf(cli, flags));
    const cells = rows.map(({ key, value, origin }) => [key, origin, value === '' ? '-' : value]);
    cli.io.out(flags.json ? jsonText(rows) : tableText(['key', 'from', 'value'], cells, pageOf(cli.io)));
  });
};
