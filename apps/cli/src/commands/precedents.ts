import type {
  DiffReply,
  DuplicateView,
  PredictReply,
  RetrySettings,
  SeenReply,
  SuggestedLimit,
  SuggestedRetry,
} from '@precedent/contract-types';
import { countText, excerptOf, formatDuration, timesText } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withClient, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { ageText, jsonText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Column, Page } from '../terminal/table.ts';
import { visibleLine } from '../terminal/visible.ts';
import { percentText } from '../predictions.ts';
import { taskIdOf } from '../task-id.ts';
import type { SubjectFlags } from './task-subject.ts';
import { addSubjectCommand, taskSubjectOf, withFullId } from './task-subject.ts';

interface AboutFlags extends CommonFlags {
  readonly namespace?: string;
}

const namespaceOf = (cli: Cli, flags: AboutFlags): string =>
  flags.namespace ?? configOf(cli, flags).namespace;

/** `seen`, `diff` and `predict`: a task compared with earlier ones. */
export const addPrecedents = (program: Command, cli: Cli): void => {
  addSeen(program, cli);
  addDiff(program, cli);
  addPredict(program, cli);
};

const about = (program: Command, name: string, description: string): Command =>
  withCommonFlags(
    program
      .command(name)
      .description(description)
      .argument('<id>', 'the id of the task')
      .option('--namespace <name>', 'the namespace (of the configuration)'),
  );

const addSeen = (program: Command, cli: Cli): void => {
  about(program, 'seen', 'show whether the failure of a task occurred before, and what fixed it').action(
    async (id: string, flags: AboutFlags) => {
      const options = { namespace: namespaceOf(cli, flags) };
      const reply = await withClient(cli, flags, async (client) =>
        client.search.seen(await taskIdOf(client, id), options),
      );
      cli.io.out(flags.json ? jsonText(reply) : seenText(reply, cli.io.now()));
    },
  );
};

/** Lines about an earlier failure, the most useful first. */
export const seenText = ({ task, fingerprint, same, similar, memory }: SeenReply, now: number): string => {
  const name = fingerprint === undefined ? `failure of ${task}` : `failure ${fingerprint} of ${task}`;
  const similarText = [...(memory ? [memoryText(memory)] : []), ...similarLines(similar)]
    .map((line) => `  ${line}\n`)
    .join('');
  if (fingerprint === undefined) return `${name}: its output and message tell no cause\n${similarText}`;
  if (same === undefined) return `${name} is new\n${similarText}`;
  if (same.ownAttempts === same.count)
    return `${name} is new: it occurred in ${countText(same.count, 'earlier attempt')} of this task only\n${similarText}`;
  const atLeast = same.partial ? 'at least ' : '';
  const lines = [
    `${name} occurred ${timesText(same.count)} before, in ${atLeast}${countText(same.tasks, 'task')}, last ${ageText(same.lastAt, now)} ago`,
    ...same.resolutions.map(
      ({ text, by, evidence }) => `  ${visibleLine(text)} (by ${visibleLine(by)}, shown by ${evidence})`,
    ),
    ...same.laterSuccesses.map(
      (later) => `  succeeded later in ${later.task}${differenceText(later.differences)}`,
    ),
    ...(same.retry ? [`  ${retryText(same.retry)}`] : []),
    ...(same.settings ? [`  try again with ${settingsText(same.settings)}`] : []),
  ];
  return `${lines.join('\n')}\n${similarText}`;
};

const SIMILAR_SHOWN = 3;
const SIMILAR_CHARS = 100;

const similarLines = (similar: SeenReply['similar']): readonly string[] => [
  ...similar
    .slice(0, SIMILAR_SHOWN)
    .map(
      ({ task, text, similarity }) =>
        `similar (${percentText(similarity)}): ${task}: ${excerptOf(visibleLine(text), SIMILAR_CHARS)}`,
    ),
  ...(similar.length > SIMILAR_SHOWN ? [`similar failures in all: ${similar.length}`] : []),
];

type Differences = NonNullable<SeenReply['same']>['laterSuccesses'][number]['differences'];

const differenceText = (differences: Differences): string => {
  const texts = differences.map(
    ({ field, before = 'none', after = 'none' }) => `${field} ${after} in place of ${before}`,
  );
  return texts.length > 0 ? ` with ${texts.join(', ')}` : '';
};

const settingsText = ({ why, ...settings }: RetrySettings): string =>
  `${
    Object.entries(settings)
      .map(([field, value]) => `${field} ${JSON.stringify(value)}`)
      .join(', ') || 'the same settings'
  } (${why.replaceAll('_', ' ')})`;

const addDiff = (program: Command, cli: Cli): void => {
  about(program, 'diff', 'show what has changed since a task of this name last completed').action(
    async (id: string, flags: AboutFlags) => {
      const options = { namespace: namespaceOf(cli, flags) };
      const reply = await withClient(cli, flags, async (client) =>
        client.search.diff(await taskIdOf(client, id), options),
      );
      cli.io.out(flags.json ? jsonText(reply) : diffText(reply, pageOf(cli.io)));
    },
  );
};

const DIFF_COLUMNS: readonly Column[] = [
  { heading: 'what', min: 10 },
  { heading: 'worked', min: 16 },
  { heading: 'now', min: 16 },
];

/** What is different, as a table. */
export const diffText = ({ task, lastSuccess, changes }: DiffReply, page: Page): string => {
  if (lastSuccess === undefined) return `no earlier task with the name or command of ${task} has completed\n`;
  const head = `${task} against ${lastSuccess.task}, which completed ${ageText(lastSuccess.at, page.now)} ago\n`;
  if (changes.length === 0) return `${head}no known difference\n`;
  const rows = changes.map(({ field, name, before, after }) => [
    name === undefined ? field : `${field} ${name}`,
    before ?? '',
    after ?? '',
  ]);
  return `${head}${tableText(DIFF_COLUMNS, rows, page)}`;
};

const addPredict = (program: Command, cli: Cli): void => {
  const description =
    'predict duration and failure rate of a task from earlier runs, suggest limits, and find duplicates';
  addSubjectCommand(program, 'predict', description).action(
    async (id: string | undefined, flags: SubjectFlags) => {
      const subject = taskSubjectOf(cli, id, flags);
      const reply = await withClient(cli, flags, async (client) =>
        client.search.predict(await withFullId(client, subject)),
      );
      cli.io.out(flags.json ? jsonText(reply) : predictText(reply, cli.io.now()));
    },
  );
};

/** Why there is no prediction, or no duration; empty where both figures are there. */
const absentLines = ({
  duration,
  failure,
  looked,
  completed = looked,
  needed = 8,
}: PredictReply): readonly string[] => {
  if (duration) return [];
  if (!failure) return [`no prediction: not enough runs (${looked} of ${needed})`];
  if (completed >= needed) return ['no duration: the completed runs are too old'];
  return [`no duration: not enough completed runs (${completed} of ${needed})`];
};

/** A prediction with its support; figures with too little support are absent from the reply. */
export const predictText = (reply: PredictReply, now: number): string => {
  const { duration, failure, timeout, memory, retry, interruptions, duplicates } = reply;
  const lines = [
    ...absentLines(reply),
    ...(duration
      ? [
          `duration ${formatDuration(duration.p50)} (${formatDuration(duration.p10)} to ${formatDuration(duration.p90)}; ${countText(duration.support, 'run')} of the same ${duration.basis})`,
        ]
      : []),
    ...(failure
      ? [
          `failure rate ${percentText(failure.odds)} (${percentText(failure.low)} to ${percentText(failure.high)}; ${countText(failure.support, 'task')} of the same ${failure.basis})`,
        ]
      : []),
    ...(timeout
      ? [`suggested timeout: ${formatDuration(timeout.value)} (${timeout.reason.replaceAll('_', ' ')})`]
      : []),
    ...(memory ? [memoryText(memory)] : []),
    ...(retry ? [retryText(retry)] : []),
    ...(interruptions ? [interruptionsText(interruptions)] : []),
    ...(duplicates ? duplicateLines(duplicates, now) : []),
  ];
  return `${lines.join('\n')}\n`;
};

const memoryText = ({ value, reason, support }: SuggestedLimit): string =>
  `suggested memory: ${value} MiB (${reason.replaceAll('_', ' ')}; ${countText(support, 'run')})`;

const retryText = ({ advice, succeeded, support, delayMs, max }: SuggestedRetry): string => {
  const after = delayMs === undefined || delayMs === 0 ? '' : ` after ${formatDuration(delayMs)}`;
  const times = max === undefined ? '' : `, ${max} at most`;
  const basis = `${percentText(succeeded)} of ${support} succeeded${after}${times}`;
  return `${advice === 'retry' ? 'retry recommended' : 'retry not recommended'}: ${basis}`;
};

const interruptionsText = ({
  preemptions,
  lostShare,
  checkpointGapMs,
}: NonNullable<PredictReply['interruptions']>): string => {
  const writes =
    checkpointGapMs === undefined
      ? 'it writes no checkpoint'
      : `it writes a checkpoint every ${formatDuration(checkpointGapMs)}`;
  return `${percentText(lostShare)} of its work was lost to ${countText(preemptions, 'preemption')}: ${writes}`;
};

const duplicateLines = (
  { equal, similar }: NonNullable<PredictReply['duplicates']>,
  now: number,
): readonly string[] => [
  ...equal.map((one) => `the same as ${duplicateText(one, now)}`),
  ...similar.map((one) => {
    const how = one.isSameKind ? 'the same with other values' : `similarity ${percentText(one.similarity)}`;
    return `similar to ${duplicateText(one, now)}: ${how}`;
  }),
];

const duplicateText = ({ task, name, state, at }: DuplicateView, now: number): string =>
  `${task} (${visibleLine(name)}), ${state === 'active' ? 'submitted' : 'completed'} ${ageText(at, now)} ago`;
