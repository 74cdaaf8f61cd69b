import type { Client } from '@precedent/client';
import { problemOf } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withClient, withCommonFlags } from '../cli.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { jsonLine, jsonText } from '../output.ts';
import { problemText } from '../problem-text.ts';
import { taskIdOf } from '../task-id.ts';

interface DeleteFlags extends CommonFlags {
  readonly namespace?: string;
}

export const addDelete = (program: Command, cli: Cli): void => {
  const command = program
    .command('delete')
    .description('delete settled tasks and all data about them, permanently')
    .argument('<id...>', 'the ids of the tasks')
    .option('--namespace <name>', 'the namespace (of the configuration)');
  withCommonFlags(command).action(async (ids: readonly string[], flags: DeleteFlags) => {
    const namespace = flags.namespace ?? configOf(cli, flags).namespace;
    const run = { cli, namespace, json: flags.json === true };
    await withClient(cli, flags, (client) => deleteAll(client, ids, run));
  });
};

interface Run {
  readonly cli: Cli;
  readonly namespace: string;
  readonly json: boolean;
}

/** The error of a single task is that of the command; of several tasks each error is reported. */
const deleteAll = async (client: Client, ids: readonly string[], run: Run): Promise<void> => {
  const [only, ...more] = ids;
  if (only !== undefined && more.length === 0) return deleteOnly(client, only, run);
  for (const id of ids) await deleteNext(client, id, run);
};

const deleteOnly = async (client: Client, given: string, { cli, namespace, json }: Run): Promise<void> => {
  const id = await taskIdOf(client, given);
  const answer = await client.delete(id, { namespace });
  cli.io.out(json ? jsonText(answer) : `${id} deleted\n`);
};

const deleteNext = async (client: Client, given: string, { cli, namespace, json }: Run): Promise<void> => {
  let id = given;
  try {
    id = await taskIdOf(client, given);
    const answer = await client.delete(id, { namespace });
    cli.io.out(json ? jsonLine(answer) : `${id} deleted\n`);
  } catch (error) {
    cli.exit ||= exitCodeOf(error);
    const problem = problemOf(error);
    if (json) cli.io.out(jsonLine({ id, error: problem }));
    else cli.io.err(problemText(problem, id));
  }
};
