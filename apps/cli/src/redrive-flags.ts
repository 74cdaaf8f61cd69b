import type { RedriveOptions } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { Command } from 'commander';
import { exactJson } from './exact-json.ts';
import { inputText, readInput } from './input-text.ts';

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
