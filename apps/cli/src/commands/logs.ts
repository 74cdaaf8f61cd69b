import { defined } from '@precedent/kernel';
import type { TaskView } from '@precedent/contract-types';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { jsonLine } from '../output.ts';
import { taskIdOf } from '../task-id.ts';
import { showChunk } from './run.ts';

interface LogsFlags extends CommonFlags {
  readonly follow?: boolean;
  readonly attempt?: number;
  readonly tail?: number;
}

export const addLogs = (program: Command, cli: Cli): void => {
  const command = program
    .command('logs')
    .description('print the output of a task')
    .argument('<id>', 'the id of the task')
    .option('-f, --follow', 'go on until the task has its verdict')
    .option('--attempt <n>', 'only this attempt', wholeNumber('--attempt', [1, 1_000_000]))
    .option('--tail <n>', 'only the last chunks', wholeNumber('--tail', [1, 1_000_000]));
  withCommonFlags(command).action((given: string, flags: LogsFlags) =>
    withClient(cli, flags, async (client) => {
      const { follow = false, attempt, tail } = flags;
      const wanted = {
        follow,
        ...defined({ attempt, tail }),
      };
      let isEmpty = true;
      const id = await taskIdOf(client, given);
      for await (const chunk of client.logs(id, wanted)) {
        isEmpty = false;
        if (flags.json) cli.io.out(jsonLine(chunk));
        else showChunk(cli, chunk);
      }
      if (!isEmpty) return;
      const task = await client.get(id);
      if (!flags.json) cli.io.err(emptyText(task));
    }),
  );
};

/** Nothing is the log of a task that wrote nothing; of one that is not there, `get` has thrown. */
const emptyText = ({ id, state }: TaskView): string =>
  `nothing was written by task ${id}, which is ${state}\n`;
