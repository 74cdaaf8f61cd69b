import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { withCommonFlags } from '../cli.ts';
import { runIngest, withIngestFlags } from './ingest-run.ts';
import type { IngestFlags } from './ingest-run.ts';

export const addIngest = (program: Command, cli: Cli): void => {
  const command = program
    .command('ingest')
    .description(
      'index the documents of a folder in a collection, once; watch <folder> keeps the collection up to date',
    )
    .usage('[flags] <folder>')
    .argument('<folder>', 'a folder that the worker can read too; files in its .gitignore are left out');
  withIngestFlags(command)
    .option('--project <project>', 'the project of the tasks')
    .option('--namespace <namespace>', 'the namespace of the tasks, and of the documents');
  withCommonFlags(command).action((folder: string, flags: IngestFlags) => runIngest(cli, folder, flags));
};
