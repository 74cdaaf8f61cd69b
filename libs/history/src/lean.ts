import type { HistoryTaskView, JobBody } from '@precedent/contract-types';
import { cutText } from '@precedent/kernel';
import { shownRedrive } from '@precedent/tasks';
import type { CheckpointStepRecord } from '@precedent/tasks';

/** Characters of a payload that is kept; a larger one is only measured. */
const PAYLOAD_CHARS_MAX = 16 * 1024;
const COMMAND_CHARS_MAX = 2_000;

/** The body of a task as the history keeps it: no values of environment variables, and no large payload. */
export interface LeanBody {
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  readonly envKeys?: readonly string[] | undefined;
  readonly payload?: unknown;
  readonly payloadChars?: number | undefined;
  readonly redriveOf?: HistoryTaskView['redriveOf'];
}

export interface LeanText {
  readonly name: string | undefined;
  readonly command: string | undefined;
  /** JSON of a `LeanBody`. */
  readonly body: string;
}

const EMPTY: LeanText = { name: undefined, command: undefined, body: '{}' };

export const leanOf = (text: string): LeanText => {
  if (text === '{}') return EMPTY;
  const { name, command, args, cwd, env, payload, redriveOf } = JSON.parse(text) as JobBody;
  const body: LeanBody = {
    command,
    args,
    cwd,
    ...(env && { envKeys: Object.keys(env) }),
    ...payloadOf(payload),
    ...(redriveOf && { redriveOf: shownRedrive(redriveOf) }),
  };
  return { name, command: lineOf(command, args), body: JSON.stringify(body) };
};

const payloadOf = (payload: unknown): Pick<LeanBody, 'payload' | 'payloadChars'> => {
  if (payload === undefined) return {};
  const chars = JSON.stringify(payload).length;
  return chars > PAYLOAD_CHARS_MAX ? { payloadChars: chars } : { payload };
};

/** The command with its arguments, as words to search in. */
const lineOf = (command: string | undefined, args: readonly string[] = []): string | undefined =>
  command === undefined ? undefined : cutText([command, ...args].join(' '), COMMAND_CHARS_MAX);

/** A step without what only the task itself can read: it may have 64 KiB. */
export const leanStep = (record: CheckpointStepRecord): CheckpointStepRecord => {
  const { step } = record;
  if (step.kind === 'checkpoint') return { ...record, step: { ...step, state: undefined } };
  return step.kind === 'undo' ? { ...record, step: { ...step, payload: undefined } } : record;
};
