import { canonicalJson } from '@precedent/kernel';
import type { Submission } from '@precedent/tasks';
import { shapeOf } from '../documents/shape.ts';
import { shortHash } from '../documents/uuid5.ts';
import type { TaskFacts } from '../facts.ts';
import { redactArgs, redactValue } from '../redact/redact.ts';

export type Input = Pick<Submission, 'name' | 'command' | 'args' | 'cwd' | 'env' | 'payload'>;

/** The input of a task, without the values of payload and environment. `id` is the task's id, which stands in for an input that is not hashed. */
export const inputFacts = (
  input: Input,
  id: string,
): Pick<TaskFacts, 'name' | 'command' | 'args' | 'cwd' | 'envKeys' | 'payloadShape' | 'inputHash'> => {
  const { name, command, args, cwd, env, payload } = input;
  return {
    ...(name !== undefined && { name }),
    ...(command !== undefined && { command }),
    ...(args && { args }),
    ...(cwd !== undefined && { cwd }),
    ...(env && { envKeys: Object.keys(env).toSorted() }),
    ...(payload !== undefined && { payloadShape: shapeOf(payload) }),
    inputHash: inputHash(input) ?? shortHash(id),
  };
};

/** Longer inputs are not compared. Characters of JSON. */
const COMPARED_MAX = 32 * 1024;

/**
 * Equal only for equal inputs. `undefined` for an input with redacted parts: secrets are not hashed, and the redacted texts of two
 * different inputs may be equal. A variable whose name marks a secret counts by its name.
 */
const inputHash = ({ command, args = [], cwd, env = {}, payload }: Input): string | undefined => {
  const compared = [command ?? '', args, cwd ?? '', payload ?? null];
  const text = canonicalJson(compared);
  if (text.length > COMPARED_MAX || canonicalJson(redactValue(compared)) !== text) return undefined;
  if (canonicalJson(redactArgs(args, command)) !== canonicalJson(args)) return undefined;
  return shortHash(`${text} ${canonicalJson(redactValue(env))}`);
};
