import { countText } from '@precedent/kernel';
import path from 'node:path';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { restore } from '../restore/restore.ts';

interface RestoreFlags extends CommonFlags {
  readonly data?: string;
}

export const addRestore = (program: Command, cli: Cli): void => {
  const command = program
    .command('restore')
    .description('create a data folder from a backup that system.maintenance wrote; then start it with up')
    .usage('[flags] <folder>')
    .argument('<folder>', 'the backup: the folder with manifest.json')
    .option('--data <folder>', 'the data folder, which must be empty or not there (.precedent)');
  withCommonFlags(command).action(async (folder: string, flags: RestoreFlags) => {
    const { io } = cli;
    const config = configOf(cli, flags, { 'storage.dataDir': flags.data });
    const { dataDir } = config.storage;
    const onNote = (text: string): void => {
      if (!flags.json) io.err(`restoring: ${text}\n`);
    };
    const { endedAt, parts } = await restore({
      folder: path.resolve(io.cwd, folder),
      dataDir,
      config,
      env: io.env,
      onNote,
    });
    const files = parts.reduce((sum, part) => sum + part.files.length, 0);
    io.out(
      flags.json
        ? jsonText({ dataDir, endedAt, files })
        : `restored ${countText(files, 'file')} of ${endedAt} to ${dataDir}\n`,
    );
  });
};
