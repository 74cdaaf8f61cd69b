import type { Client, PredictReply, SeenReply, TaskView } from '@precedent/client';
import { isVerdict } from '@precedent/contract-types';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { predicted } from '../predictions.ts';
import { jsonText } from '../output.ts';
import { taskText } from '../task-view-text.ts';
import { taskIdOf } from '../task-id.ts';
import { predictText, seenText } from './precedents.ts';

export const addGet = (program: Command, cli: Cli): void => {
  const command = program.command('get').description('show one task').argument('<id>', 'the id of the task');
  withCommonFlags(command).action(async (id: string, flags: CommonFlags) => {
    const { task, ...past } = await withClient(cli, flags, (client) => taskAndPast(client, id));
    if (flags.json) return cli.io.out(jsonText({ ...task, ...past }));
    const now = cli.io.now();
    cli.io.out([taskText(task, now), ...pastTexts(past, now)].join('\n'));
  });
};

/** What the semantic history knows, where there is one. */
interface Past {
  /** Of a failed task. */
  readonly seen?: SeenReply;
  /** Of an open task, when enough is known. */
  readonly prediction?: PredictReply;
}

const pastTexts = ({ seen, prediction }: Past, now: number): readonly string[] => [
  ...(seen ? [seenText(seen, now)] : []),
  ...(prediction ? [predictText(prediction, now)] : []),
];

const taskAndPast = async (client: Client, given: string): Promise<Past & { readonly task: TaskView }> => {
  const task = await client.get(await taskIdOf(client, given));
  return { task, ...(await pastOf(client, task)) };
};

const pastOf = async (client: Client, { id, namespace, state }: TaskView): Promise<Past> => {
  if (!isVerdict(state)) {
    const prediction = await predicted(client, { id, namespace });
    return prediction?.duration || prediction?.failure ? { prediction } : {};
  }
  if (state !== 'failed' && state !== 'timed_out') return {};
  // Without a history the task is shown alone.
  const seen = await client.search.seen(id, { namespace }).catch(() => undefined);
  return seen ? { seen } : {};
};
