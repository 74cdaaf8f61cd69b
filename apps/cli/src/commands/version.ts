import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { VERSION } from '@precedent/processes';

export const addVersion = (program: Command, cli: Cli): void => {
  const command = program.command('version').description('print the version of this program and of its node');
  withCommonFlags(command).action((flags: CommonFlags) => {
    const versions = { precedent: VERSION, node: process.versions.node };
    cli.io.out(flags.json ? jsonText(versions) : `precedent ${VERSION} (node ${process.versions.node})\n`);
  });
};
