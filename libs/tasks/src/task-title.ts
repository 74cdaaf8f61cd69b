import type { JobBody } from '@precedent/contract-types';
import { excerptOf } from '@precedent/kernel';

/** What people know a task by. */
export interface TaskTitle {
  readonly name?: string;
  /** Its command with its arguments. */
  readonly commandLine?: string;
}

const COMMAND_CHARS = 200;

/** The title of a task whose body is this JSON text. A body without name and command costs a look, no parsing. */
export const taskTitleOf = (body: string): TaskTitle => {
  if (!body.includes('"name"') && !body.includes('"command"')) return {};
  const { name, command, args = [] } = JSON.parse(body) as JobBody;
  return {
    ...(name !== undefined && { name }),
    ...(command !== undefined && { commandLine: commandLineOf(command, args) }),
  };
};

/** A command as people write it: arguments with spaces are quoted. Cut with an ellipsis at 200 characters. */
export const commandLineOf = (command: string, args: readonly string[]): string =>
  excerptOf([command, ...args.map(quoted)].join(' '), COMMAND_CHARS);

const quoted = (arg: string): string =>
  /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
