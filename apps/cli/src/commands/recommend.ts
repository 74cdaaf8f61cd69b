import type { FailureCluster, FailuresReply, RecommendReply } from '@precedent/contract-types';
import { excerptOf, formatDuration, defined } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { timeBefore } from '../time-argument.ts';
import { pageOf } from '../io.ts';
import { jsonText, shortAgeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Column, Page } from '../terminal/table.ts';
import { visibleLine } from '../terminal/visible.ts';
import { countText } from '@precedent/kernel';
import { ID_COLUMN } from '../task-view-text.ts';
import type { SubjectFlags } from './task-subject.ts';
import { addSubjectCommand, taskSubjectOf, withFullId } from './task-subject.ts';
import { UsageError } from '../usage-error.ts';

/** `recommend` and `failures`: tasks related to a task, and failures by cause. */
export const addRecommend = (program: Command, cli: Cli): void => {
  const description = 'show dependencies, artifacts and follow-up tasks of similar tasks';
  addSubjectCommand(program, 'recommend', description).action(
    async (id: string | undefined, flags: SubjectFlags) => {
      const subject = taskSubjectOf(cli, id, flags);
      const reply = await withClient(cli, flags, async (client) =>
        client.search.recommend(await withFullId(client, subject)),
      );
      cli.io.out(flags.json ? jsonText(reply) : recommendText(reply, pageOf(cli.io)));
    },
  );
  addFailures(program, cli);
};

const RELATION_COLUMNS: readonly (Column | string)[] = [
  'relation',
  { heading: 'what', min: 12 },
  'cases',
  { heading: 'lift', drop: 1 },
  { heading: 'gap', drop: 2 },
  { ...ID_COLUMN, heading: 'latest' },
];

const RELATION_WORDS = { dependencies: 'depends on', artifacts: 'produces', next: 'followed by' } as const;

/** Recommendations as a table, each with its support. */
export const recommendText = ({ basis, cases, recommendations }: RecommendReply, page: Page): string => {
  const like = basis === 'spec' ? 'the same spec' : 'semantically similar tasks';
  if (recommendations.length === 0) return `no recommendations: ${countText(cases, 'run')} of ${like}\n`;
  const rows = recommendations.map(({ relation, name, support, of, lift, gapMs, task }) => [
    RELATION_WORDS[relation],
    visibleLine(name),
    `${support} of ${of}`,
    lift === undefined ? '' : `${lift < 10 ? lift.toFixed(1) : Math.round(lift)}x`,
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
  readonly new?: boolean;
  readonly cursor?: string;
}

const addFailures = (program: Command, cli: Cli): void => {
  const command = program
    .command('failures')
    .description('group failures by cause, with counts, trend and what is new')
    .option('--since <age>', 'not older, such as "24h"', '7d')
    .option('--namespace <name>', 'the namespace (of the configuration)')
    .option('--project <name>', 'only of this project')
    .option('--limit <n>', 'at most so many (20)', wholeNumber('--limit', [1, 50]))
    .option('--new', 'causes with a new failure first')
    .option('--cursor <cursor>', 'the next page of an earlier answer');
  withCommonFlags(command).action(async (flags: FailuresFlags) => {
    const { project, limit, new: newFirst, cursor } = flags;
    const since = timeBefore(flags.since, cli.io.now());
    if (since === undefined) throw new UsageError(`--since is an age such as "7d"; got "${flags.since}"`);
    const options = {
      namespace: flags.namespace ?? configOf(cli, flags).namespace,
      since,
      ...defined({ project, limit, newFirst, cursor }),
    };
    const reply = await withClient(cli, flags, (client) => client.search.failures(options));
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

/** Clusters of failures as a table: one line for each kind, the kinds of one cluster below each other. */
export const failuresText = (reply: FailuresReply, page: Page): string => {
  const { clusters, failures, found, partial, semantic, cursor } = reply;
  if (clusters.length === 0) return 'nothing failed\n';
  const notes = [
    `${countText(failures, 'failure')} of ${countText(found, 'cause')}`,
    ...(clusters.length < found ? [`${clusters.length} shown`] : []),
    ...(partial ? ['more exist than were examined'] : []),
    ...(semantic ? [] : ['by fingerprint only']),
  ];
  const more = cursor === undefined ? '' : `there are more: --cursor ${cursor}\n`;
  const rows = clusters.flatMap((cluster) => clusterRows(cluster, page.now));
  return `${tableText(FAILURE_COLUMNS, rows, page)}${notes.join('; ')}\n${more}`;
};

const clusterRows = (
  { kinds, count, trend, found }: FailureCluster,
  now: number,
): readonly (readonly string[])[] => [
  ...kinds.map((kind, at) => [
    at === 0 ? String(count) : '',
    at === 0 ? trend : '',
    kind.isNew ? 'new' : '',
    shortAgeText(kind.lastAt, now),
    kind.task,
    `${excerptOf(visibleLine(kind.text), TEXT_CHARS)} (${kind.count} in ${countText(kind.tasks, 'task')})`,
  ]),
  ...(kinds.length < found ? [['', '', '', '', '', `and ${found - kinds.length} more`]] : []),
];
