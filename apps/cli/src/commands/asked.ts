import type { Client } from '@precedent/client';
import type { PredictRequest } from '@precedent/contracts';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import { UsageError } from '../usage-error.ts';
import { taskIdOf } from '../task-id.ts';

/** A task that is asked about: one that is there, or one that is only thought of. */
export interface AskedFlags extends CommonFlags {
  readonly namespace?: string;
  readonly project?: string;
  readonly type?: string;
  readonly name?: string;
  readonly command?: string;
}

/** A command about a task: by its id, by what it would be, or by the words after `--` that it would run. */
export const aboutAsked = (program: Command, name: string, description: string): Command =>
  withCommonFlags(
    program
      .command(name)
      .description(description)
      .usage(`[flags] <id>\n       precedent ${name} [flags] -- <command...>`)
      .argument('[id]', 'the id of the task; without one, the flags say what it would be')
      .option('--namespace <name>', 'the namespace (of the configuration)')
      .option('--project <name>', 'the project of a task that is only thought of (of the configuration)')
      .option('--type <type>', 'its type')
      .option('--name <name>', 'its name')
      .option('--command <line>', 'what its shell would run'),
  );

/** What is asked about. Throws INVALID_REQUEST when it is nothing, or two things at once. */
export const askedOf = (cli: Cli, id: string | undefined, flags: AskedFlags): PredictRequest => {
  const { namespace = configOf(cli, flags).namespace, type, name } = flags;
  const [command, ...args] = cli.words ?? [];
  const line = command ?? flags.command;
  if (id !== undefined && (type ?? name ?? line ?? flags.project) !== undefined)
    throw new UsageError(`the id ${id} and a description of a task exclude each other`);
  if (command !== undefined && flags.command !== undefined)
    throw new UsageError('--command and a command after -- exclude each other');
  if (id !== undefined) return { namespace, id };
  if (type === undefined && line === undefined)
    throw new UsageError('an id, --type, --command or a command after -- is expected');
  return {
    namespace,
    project: flags.project ?? configOf(cli, flags).project,
    ...(type !== undefined && { type }),
    ...(name !== undefined && { name }),
    ...(line !== undefined && { command: line }),
    ...(command !== undefined && { args }),
  };
};

/** The same, about the only task whose id begins so. */
export const withWholeId = async (client: Client, asked: PredictRequest): Promise<PredictRequest> =>
  asked.id === undefined ? asked : { ...asked, id: await taskIdOf(client, asked.id) };
