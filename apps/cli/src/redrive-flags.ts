import type { BulkRun, RedriveOptions } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { Command } from 'commander';
import { exactJson } from './exact-json.ts';
import { inputText, readInput } from './input-text.ts';
import { UsageError } from './usage-error.ts';

export interface RedriveFlags {
  readonly edit?: string;
  readonly keepKeys?: boolean;
}

export const withRedriveFlags = (command: Command): Command =>
  command
    .option('--edit <json>', 'change what was submitted: a JSON merge patch, or @file')
    .option('--keep-keys', 'give handlers the idempotency keys of the task that is repeated');

export const redriveOptionsOf = ({ edit, keepKeys }: RedriveFlags): RedriveOptions => ({
  ...(edit !== undefined && { edit: patchOf(edit) }),
  ...(keepKeys && { keepKeys }),
});

const patchOf = (flag: string): NonNullable<RedriveOptions['edit']> => {
  const content = flag.startsWith('@') ? readInput(flag.slice(1)) : inputText(flag, '--edit');
  const patch = exactJson(content, 'the edit');
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
    throw new AppError(
      'INVALID_REQUEST',
      'the edit is no JSON object, such as {"timeouts": {"attempt": "10m"}}',
    );
  return patch as NonNullable<RedriveOptions['edit']>;
};

export interface BulkRunFlags extends RedriveFlags {
  readonly perSecond?: string;
  readonly first?: string;
  readonly maxFailed?: string;
}

export const withBulkRunFlags = (command: Command): Command =>
  withRedriveFlags(command)
    .option('--per-second <count>', 'run no more than so many again in each second')
    .option('--first <count>', 'run so many first, and the others if few of these fail')
    .option('--max-failed <share>', 'with --first: how many may fail, such as 5% or 0.05; 10% by default');

/** `undefined` without any of the flags. */
export const bulkRunOf = ({ perSecond, first, maxFailed, ...flags }: BulkRunFlags): BulkRun | undefined => {
  const run: BulkRun = {
    ...redriveOptionsOf(flags),
    ...(perSecond !== undefined && { perSecond: numberOf('--per-second', perSecond) }),
    ...(first !== undefined && { first: numberOf('--first', first) }),
    ...(maxFailed !== undefined && { maxFailed: shareOf(maxFailed) }),
  };
  return Object.keys(run).length === 0 ? undefined : run;
};

const numberOf = (flag: string, text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`${flag} is ${text}; a number above 0 is expected`);
};

const shareOf = (text: string): number => {
  const value = /^[\d.]+%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new UsageError(`--max-failed is ${text}; a share such as 5% or 0.05 is expected`);
};
