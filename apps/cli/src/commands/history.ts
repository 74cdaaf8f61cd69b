import { defined } from '@precedent/kernel';
import type { HistoryFreshness, HistoryListReply, HistoryListRequest } from '@precedent/contract-types';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import {
  freshnessText,
  historyStatusText,
  historyTaskText,
  operationsText,
  statsText,
} from '../history-text.ts';
import { durationArgument, timeArgument } from '../time-argument.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { taskTable } from '../task-view-text.ts';
import { historyFilterOf, withFilterFlags, withLimit } from './history-flags.ts';
import type { FilterFlags } from './history-flags.ts';
import { runsPart } from './part.ts';
import { UsageError } from '../usage-error.ts';
import { taskIdOf } from '../task-id.ts';

interface PageFlags extends FilterFlags {
  readonly limit: number;
  readonly cursor?: string;
  readonly order?: 'submitted' | 'settled';
}

/** What happened: its own group of commands, because most of them have a brother that asks the engine. */
export const addHistory = (program: Command, cli: Cli): void => {
  const group = program
    .command('history')
    .description('query the history of all tasks; without a command: run the history service')
    .usage('[flags] [command]')
    .helpCommand(false);
  runsPart(group, 'history', cli);
  for (const add of [addList, addGet, addSearch, addStats, addEvents, addStatus, addRebuild]) add(group, cli);
};

/** Prints an answer, and what it may miss. */
const show = (cli: Cli, json: boolean | undefined, answer: Fresh, text: () => string): void => {
  cli.io.out(json ? jsonText(answer) : text());
  if (!json) cli.io.err(freshnessText(answer.freshness));
};

interface Fresh {
  readonly freshness: HistoryFreshness;
}

const tableOf = (cli: Cli, { tasks, cursor }: Pick<HistoryListReply, 'tasks' | 'cursor'>): string => {
  const more = cursor === undefined ? '' : `there are more: --cursor ${cursor}\n`;
  return taskTable({ tasks, truncated: false }, pageOf(cli.io)) + more;
};

const addList = (group: Command, cli: Cli): void => {
  const command = group
    .command('list')
    .description('list tasks, the latest first')
    .option('--text <words>', 'with these words in name, type, command, error or labels')
    .option('--order <time>', 'by "submitted" or "settled"')
    .option('--cursor <cursor>', 'the next page of an earlier list');
  withCommonFlags(withFilterFlags(withLimit(command, 50))).action(async (flags: PageFlags) => {
    const { limit, cursor, order } = flags;
    if (order !== undefined && order !== 'submitted' && order !== 'settled')
      throw new UsageError(`--order is ${String(order)}; submitted or settled is expected`);
    const query = {
      ...historyFilterOf(flags, cli.io.now()),
      ...defined({ cursor, order }),
      limit,
    };
    const reply = await withClient(cli, flags, (client) => client.history.list(query));
    show(cli, flags.json, reply, () => tableOf(cli, reply));
  });
};

const addGet = (group: Command, cli: Cli): void => {
  const command = group
    .command('get')
    .description('show one task with its attempts')
    .argument('<id>', 'the id of the task');
  withCommonFlags(command).action(async (id: string, flags: CommonFlags) => {
    const reply = await withClient(cli, flags, async (client) =>
      client.history.get(await taskIdOf(client, id)),
    );
    show(cli, flags.json, reply, () => historyTaskText(reply, pageOf(cli.io)));
  });
};

const addSearch = (group: Command, cli: Cli): void => {
  const command = group
    .command('search')
    .description('find tasks by words, the best match first')
    .argument('<words...>', 'all of them must be there; the last one may be a beginning');
  withCommonFlags(withFilterFlags(withLimit(command, 20))).action(
    async (words: readonly string[], flags: PageFlags) => {
      const query = { ...historyFilterOf(flags, cli.io.now()), limit: flags.limit };
      const reply = await withClient(cli, flags, (client) => client.history.search(words.join(' '), query));
      show(cli, flags.json, reply, () => tableOf(cli, reply));
    },
  );
};

const addStats = (group: Command, cli: Cli): void => {
  const command = group
    .command('stats')
    .description('count tasks, and show how long they waited and ran')
    .option('--text <words>', 'with these words in name, type, command, error or labels')
    .option('--bucket <time>', 'what happened over time, in pieces such as "1h"; with --since');
  withCommonFlags(withFilterFlags(command)).action(
    async (flags: FilterFlags & { readonly bucket?: string }) => {
      const now = cli.io.now();
      const query = historyFilterOf(flags, now);
      const buckets =
        flags.bucket === undefined
          ? {}
          : { bucketMs: bucketOf(flags.bucket, query), until: query.until ?? now };
      const reply = await withClient(cli, flags, (client) => client.history.stats({ ...query, ...buckets }));
      show(cli, flags.json, reply, () => statsText(reply, pageOf(cli.io)));
    },
  );
};

const bucketOf = (text: string, { since }: Pick<HistoryListRequest, 'since'>): number => {
  const bucketMs = durationArgument('--bucket', text);
  if (bucketMs === undefined || bucketMs === 0)
    throw new UsageError(`--bucket is ${text}; a duration such as 10m or 1h is expected`);
  if (since === undefined) throw new UsageError(`--bucket ${text} needs --since, such as 24h`);
  return bucketMs;
};

interface EventFlags extends CommonFlags {
  readonly task?: string;
  readonly after?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const addEvents = (group: Command, cli: Cli): void => {
  const command = group
    .command('events')
    .description(
      'show the log of operations: of one task, or after a sequence, from its beginning, otherwise the latest first',
    )
    .option('--task <id>', 'of this task')
    .option('--after <sequence>', 'only what follows it')
    .option('--since <time>', 'a time such as 2026-11-20T12:00Z, or "2h" ago')
    .option('--until <time>', 'before')
    .option('--cursor <cursor>', 'the next page of an earlier list');
  withCommonFlags(withLimit(command, 100)).action(async (flags: EventFlags) => {
    const { task, after, since, until, limit, cursor } = flags;
    const now = cli.io.now();
    const query = {
      ...(since !== undefined && { since: timeArgument('--since', since, now) }),
      ...(until !== undefined && { until: timeArgument('--until', until, now) }),
      ...(cursor !== undefined && { cursor }),
      ...(after !== undefined && { after }),
      limit,
    };
    const reply = await withClient(cli, flags, async (client) =>
      client.history.events({
        ...query,
        ...(task !== undefined && { task: await taskIdOf(client, task) }),
      }),
    );
    const more = reply.cursor === undefined ? '' : `there are more: --cursor ${reply.cursor}\n`;
    show(cli, flags.json, reply, () => operationsText(reply, pageOf(cli.io)) + more);
  });
};

const addStatus = (group: Command, cli: Cli): void => {
  const command = group.command('status').description('show how far the history goes, and what it holds');
  withCommonFlags(command).action(async (flags: CommonFlags) => {
    const reply = await withClient(cli, flags, (client) => client.history.status());
    cli.io.out(flags.json ? jsonText(reply) : historyStatusText(reply, cli.io.now()));
  });
};

const addRebuild = (group: Command, cli: Cli): void => {
  const command = group
    .command('rebuild')
    .description('rebuild the history from the journal; the old one answers meanwhile');
  withCommonFlags(command).action(async (flags: CommonFlags) => {
    const reply = await withClient(cli, flags, (client) => client.history.rebuild());
    if (flags.json) return cli.io.out(jsonText(reply));
    cli.io.out(reply.started ? 'rebuilding\n' : 'it is being rebuilt already\n');
  });
};
