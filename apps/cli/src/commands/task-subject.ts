import { defined } from '@precedent/kernel';
import type { Client } from '@precedent/client';
import type { PredictRequest } from '@precedent/contracts';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import { UsageError } from '../usage-error.ts';
import { taskIdOf } from '../task-id.ts';

/** The flags that name the subject of a question: an existing task, or a hypothetical one. */
export interface SubjectFlags extends CommonFlags {
  readonly namespace?: string;
  readonly project?: string;
  readonly type?: string;
  readonly name?: string;
  readonly command?: string;
}

/** Adds a command about a task, which is given by its id, by flags, or by a command line after `--`. */
export const addSubjectCommand = (program: Command, name: string, description: string): Command =>
  withCommonFlags(
    program
      .command(name)
      .description(description)
      .usage(`[flags] <id>\n       precedent ${name} [flags] -- <command...>`)
      .argument('[id]', 'the id of the task; without an id, the flags describe a hypothetical task')
      .option('--namespace <name>', 'the namespace (of the configuration)')
      .option('--project <name>', 'the project of a hypothetical task (of the configuration)')
      .option('--type <type>', 'its type')
      .option('--name <name>', 'its name')
      .option('--command <line>', 'its command line'),
  );

/** The task that the question is about. Throws INVALID_REQUEST when no task is given, or two. */
export const taskSubjectOf = (cli: Cli, id: string | undefined, flags: SubjectFlags): PredictRequest => {
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
    ...defined({ type, name, command: line }),
    ...(command !== undefined && { args }),
  };
};

/** The same request with the full id of the only task whose id begins with the given one. */
export const withFullId = async (client: Client, subject: PredictRequest): Promise<PredictRequest> =>
  subject.id === undefined ? subject : { ...subject, id: await taskIdOf(client, subject.id) };
