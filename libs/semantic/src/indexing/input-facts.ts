import { canonicalJson } from '@precedent/kernel';
import type { Submission } from '@precedent/tasks';
import { shapeOf } from '../documents/shape.ts';
import { shortHash } from '../documents/uuid5.ts';
import type { TaskFacts } from '../facts.ts';
import { redactArgs, redactValue } from '../redact/redact.ts';

export type Input = Pick<Submission, 'name' | 'command' | 'args' | 'cwd' | 'env' | 'payload'>;

/** What a task is asked to do, without the values of payload and environment. `id` is its own. */
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

/** Longer ones are not compared. Characters of JSON. */
const COMPARED_MAX = 32 * 1024;

/**
 * The same only for the same input. `undefined` where that cannot be told: what is redacted is hashed nowhere, and what is left of
 * two letters to two people looks the same. A variable that is secret by its name counts by its name.
 */
const inputHash = ({ command, args = [], cwd, env = {}, payload }: Input): string | undefined => {
  const told = [command ?? '', args, cwd ?? '', payload ?? null];
  const text = canonicalJson(told);
  if (text.length > COMPARED_MAX || canonicalJson(redactValue(told)) !== text) return undefined;
  if (canonicalJson(redactArgs(args, command)) !== canonicalJson(args)) return undefined;
  return shortHash(`${text} ${canonicalJson(redactValue(env))}`);
};
