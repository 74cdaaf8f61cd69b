import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { withCommonFlags } from '../cli.ts';
import type { ProgramName } from '../scripts.ts';
import type { UpFlags } from './up.ts';
import { runParts, withDataFlag, withWorkerFlags } from './up.ts';

/** One program, in the foreground, for a running NATS server: `up --only` of its name. */
export const addParts = (program: Command, cli: Cli): void => {
  const engine = program
    .command('engine')
    .description('run an engine; it stands by while another engine owns the cell');
  const worker = program.command('worker').description('run a worker');
  const vectorizer = program
    .command('vectorizer')
    .description('run the vectorizer, and a Qdrant where none is configured');
  runsPart(engine, 'engine', cli);
  runsPart(withWorkerFlags(worker), 'worker', cli);
  runsPart(vectorizer, 'vectorizer', cli);
};

/** Makes a command run this program until Ctrl-C. */
export const runsPart = (command: Command, name: ProgramName, cli: Cli): void => {
  withCommonFlags(withDataFlag(command)).action((flags: UpFlags) =>
    runParts(cli, { ...flags, only: [name] }),
  );
};
