import type { Client, SeenReply, TaskView } from '@precedent/client';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { jsonText } from '../output.ts';
import { taskText } from '../task-view-text.ts';
import { seenText } from './precedents.ts';

export const addGet = (program: Command, cli: Cli): void => {
  const command = program.command('get').description('show one task').argument('<id>', 'the id of the task');
  withCommonFlags(command).action(async (id: string, flags: CommonFlags) => {
    const { task, seen } = await withClient(cli, flags, (client) => taskAndPast(client, id));
    if (flags.json) return cli.io.out(jsonText({ ...task, ...(seen && { seen }) }));
    const now = cli.io.now();
    cli.io.out(`${taskText(task, now)}${seen ? `\n${seenText(seen, now)}` : ''}`);
  });
};

interface TaskAndPast {
  readonly task: TaskView;
  /** Of a failed task, where there is a semantic history that knows it. */
  readonly seen?: SeenReply | undefined;
}

const taskAndPast = async (client: Client, id: string): Promise<TaskAndPast> => {
  const task = await client.get(id);
  if (task.state !== 'failed' && task.state !== 'timed_out') return { task };
  // The task is what was asked for: without a history it is shown alone.
  const seen = await client.search.seen(id, { namespace: task.namespace }).catch(() => undefined);
  return { task, seen };
};
