import type { FailuresReply, RecommendReply } from '@precedent/contracts';
import { excerptOf, formatDuration } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { momentBefore } from '../moment.ts';
import { pageOf } from '../io.ts';
import { jsonText, shortAgeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Column, Page } from '../terminal/table.ts';
import { oneLine } from '../terminal/visible.ts';
import { countText } from '@precedent/kernel';
import { ID_COLUMN } from '../task-view-text.ts';
import type { AskedFlags } from './asked.ts';
import { aboutAsked, askedOf, withWholeId } from './asked.ts';
import { UsageError } from '../usage-error.ts';

/** `recommend` and `failures`: what belongs to a task, and what goes wrong. */
export const addRecommend = (program: Command, cli: Cli): void => {
  const description = 'tell what tasks like this one waited for, left, and were followed by';
  aboutAsked(program, 'recommend', description).action(async (id: string | undefined, flags: AskedFlags) => {
    const about = askedOf(cli, id, flags);
    const reply = await withClient(cli, flags, async (client) =>
      client.search.recommend(await withWholeId(client, about)),
    );
    cli.io.out(flags.json ? jsonText(reply) : recommendText(reply, pageOf(cli.io)));
  });
  addFailures(program, cli);
};

const RELATION_COLUMNS: readonly (Column | string)[] = [
  'relation',
  { heading: 'what', min: 12 },
  'cases',
  { heading: 'lift', drop: 1 },
  { heading: 'between', drop: 2 },
  { ...ID_COLUMN, heading: 'latest' },
];

const RELATION_WORDS = { dependencies: 'waits for', artifacts: 'leaves', next: 'is followed by' } as const;

/** Recommendations as a table, with what speaks for each. */
export const recommendText = ({ basis, cases, recommendations }: RecommendReply, page: Page): string => {
  const like = basis === 'spec' ? 'the same spec' : 'tasks that read alike';
  if (recommendations.length === 0)
    return `nothing is usual around it: ${countText(cases, 'run')} of ${like}\n`;
  const rows = recommendations.map(({ relation, name, support, of, lift, gapMs, task }) => [
    RELATION_WORDS[relation],
    oneLine(name),
    `${support} of ${of}`,
    lift === undefined ? '' : `${lift < 10 ? lift.toFixed(1) : Math.round(lift)} times chance`,
    relation === 'artifacts' || gapMs === undefined ? '' : formatDuration(gapMs),
    task ?? '',
  ]);
  return `by ${countText(cases, 'run')} of ${like}\n${tableText(RELATION_COLUMNS, rows, page)}`;
};

interface FailuresFlags extends CommonFlags {
  readonly namespace?: string;
  readonly project?: string;
  readonly since: string;
  readonly limit?: number;
}

const addFailures = (program: Command, cli: Cli): void => {
  const command = program
    .command('failures')
    .description('tell what failed, those of one cause together, with counts, trend and what is new')
    .option('--since <age>', 'not older, such as "24h"', '7d')
    .option('--namespace <name>', 'the namespace (of the configuration)')
    .option('--project <name>', 'only of this project')
    .option('--limit <n>', 'at most so many (20)', wholeNumber('--limit', [1, 50]));
  withCommonFlags(command).action(async (flags: FailuresFlags) => {
    const { project, limit } = flags;
    const since = momentBefore(flags.since, cli.io.now());
    if (since === undefined) throw new UsageError(`--since is an age such as "7d"; got "${flags.since}"`);
    const terms = {
      namespace: flags.namespace ?? configOf(cli, flags).namespace,
      since,
      ...(project !== undefined && { project }),
      ...(limit !== undefined && { limit }),
    };
    const reply = await withClient(cli, flags, (client) => client.search.failures(terms));
    cli.io.out(flags.json ? jsonText(reply) : failuresText(reply, pageOf(cli.io)));
  });
};

const FAILURE_COLUMNS: readonly (Column | string)[] = [
  'count',
  { heading: 'trend', drop: 2 },
  { heading: '', drop: 3 },
  'last',
  { ...ID_COLUMN, heading: 'latest' },
  { heading: 'what', min: 24 },
];

const TEXT_CHARS = 100;

/** Clusters as a table: one line a kind, those of one cluster below each other. */
export const failuresText = (reply: FailuresReply, page: Page): string => {
  const { clusters, failures, found, partial, semantic } = reply;
  if (clusters.length === 0) return 'nothing failed\n';
  const rows = clusters.flatMap(({ kinds, count, trend }) =>
    kinds.map((kind, at) => [
      at === 0 ? String(count) : '',
      at === 0 ? trend : '',
      kind.isNew ? 'new' : '',
      shortAgeText(kind.lastAt, page.now),
      kind.task,
      `${excerptOf(oneLine(kind.text), TEXT_CHARS)} (${kind.count} in ${countText(kind.tasks, 'task')})`,
    ]),
  );
  const notes = [
    `${countText(failures, 'failure')} of ${countText(found, 'cause')}`,
    ...(partial ? ['there are more than were looked at'] : []),
    ...(semantic ? [] : ['by fingerprint only']),
  ];
  return `${tableText(FAILURE_COLUMNS, rows, page)}${notes.join('; ')}\n`;
};
