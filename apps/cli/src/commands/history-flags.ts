import { HISTORY_LIMITS } from '@precedent/contracts';
import { TASK_STATES } from '@precedent/contract-types';
import type { HistoryListRequest } from '@precedent/contract-types';
import { BANDS, defined } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { Command } from 'commander';
import { gathered, wholeNumber } from '../cli.ts';
import type { CommonFlags } from '../cli.ts';
import { timeArgument } from '../time-argument.ts';
import { known } from './choices.ts';
import { UsageError } from '../usage-error.ts';

/** The filter that the flags describe. */
export interface FilterFlags extends CommonFlags {
  readonly state?: readonly string[];
  readonly band?: readonly string[];
  readonly type?: readonly string[];
  readonly namespace?: string;
  readonly project?: string;
  readonly worker?: string;
  readonly label?: readonly string[];
  readonly error?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
}

export const withFilterFlags = (command: Command): Command =>
  command
    .option('--state <states>', `with commas: ${TASK_STATES.join(', ')}`, gathered)
    .option('--band <bands>', `with commas: ${BANDS.join(', ')}`, gathered)
    .option('--type <types>', 'of these types, with commas', gathered)
    .option('--namespace <namespace>', 'of this namespace')
    .option('--project <project>', 'of this project')
    .option('--worker <worker>', 'that ran last on this worker')
    .option('--label <name=value>', 'with this label; may be repeated', gathered)
    .option('--error <code>', 'with this error code')
    .option('--since <time>', 'submitted since: a time such as 2026-11-20T12:00Z, or "2h" ago')
    .option('--until <time>', 'submitted before');

/** How many at a time. */
export const withLimit = (command: Command, initial: number): Command =>
  command.option(
    '--limit <n>',
    'at most so many',
    wholeNumber('--limit', [1, HISTORY_LIMITS.listed]),
    initial,
  );

type Filter = Omit<HistoryListRequest, 'order' | 'limit' | 'cursor'>;

/** The filter that the flags say. Throws INVALID_REQUEST with the flag that is wrong. */
export const historyFilterOf = (flags: FilterFlags, now: EpochMs): Filter => {
  const { state, band, type, namespace, project, worker, label, error, text, since, until } = flags;
  return {
    ...(state && { state: known('--state', state, TASK_STATES) }),
    ...(band && { band: known('--band', band, BANDS) }),
    ...(type && { type: [...type] }),
    ...defined({ namespace, project, worker }),
    ...(label && { labels: labelsOf(label) }),
    ...defined({ errorCode: error, text }),
    ...(since !== undefined && { since: timeArgument('--since', since, now) }),
    ...(until !== undefined && { until: timeArgument('--until', until, now) }),
  };
};

/** Labels of a flag that may be repeated. */
export const labelsOf = (labels: readonly string[]): Record<string, string> =>
  Object.fromEntries(labels.map(pairOf));

const pairOf = (text: string): [string, string] => {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`--label is ${text}; name=value is expected`);
};
