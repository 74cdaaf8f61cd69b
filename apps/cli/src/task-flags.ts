import path from 'node:path';
import { text } from 'node:stream/consumers';
import { DEPENDENCY_CONDITIONS } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import type { TaskSpec } from '@precedent/contracts';
import { BANDS, defined } from '@precedent/kernel';
import { Option } from 'commander';
import type { Command } from 'commander';
import { exactJson } from './exact-json.ts';
import { wholeNumber } from './cli.ts';
import { dependencyOf, joinOf } from './dependency-flags.ts';
import { inputText, readInput } from './input-text.ts';
import type { Io } from './io.ts';
import { withUnit } from './time-argument.ts';
import { UsageError } from './usage-error.ts';

/** What `submit` and `run` know of a task. */
export interface TaskFlags {
  readonly payload?: string;
  readonly band?: NonNullable<TaskSpec['band']>;
  readonly project?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly pool?: string;
  readonly security?: string;
  readonly label?: readonly string[];
  readonly cwd?: string;
  readonly env?: readonly string[];
  readonly retries?: number;
  readonly timeout?: string;
  readonly queueTimeout?: string;
  readonly id?: string;
  readonly key?: string;
  readonly after?: readonly string[];
  readonly join?: TaskSpec['join'];
  readonly validate?: readonly string[];
}

const repeated = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const withTaskFlags = (command: Command): Command =>
  command
    .optionsGroup('The task:')
    .option('--payload <json>', 'JSON, @file, or - for stdin')
    .addOption(new Option('--band <band>', 'how urgent it is').choices(BANDS))
    .option('--project <project>', 'its project')
    .option('--namespace <namespace>', 'its namespace')
    .option('--name <name>', 'a name for people')
    .option('--pool <pool>', 'the pool of workers that may run it')
    .option('--security <label>', 'a security label: who sees it, and its worker, need a clearance for it')
    .option('--label <name=value>', 'a label; may be repeated', repeated)
    .option('--cwd <folder>', "the command's folder, on the worker")
    .option('--env <name=value>', "a variable of the command's environment; may be repeated", repeated)
    .option('--retries <n>', 'tries after the first one', wholeNumber('--retries', [0, LIMITS.retries]))
    .option('--timeout <duration>', 'the longest attempt: 90s, 5m', withUnit('--timeout'))
    .option(
      '--queue-timeout <duration>',
      'the longest wait until it starts: 30s, 2h',
      withUnit('--queue-timeout'),
    )
    .option(
      '--after <id[:condition]>',
      `wait for another task: ${DEPENDENCY_CONDITIONS.join(', ')}; may be repeated`,
      repeated,
    )
    .option('--join <rule>', 'of the tasks that it waits for: all, any, or how many', joinOf)
    .option(
      '--validate <cel>',
      'a condition on its result, without which it fails; may be repeated',
      repeated,
    )
    .option('--id <id>', 'its id (made when left out)')
    .option('--key <key>', 'idempotency key: the same key and body make one task only');

/** What flags say of a task, without its type or command. */
export const specOf = async (flags: TaskFlags, io: Pick<Io, 'stdin' | 'cwd'>): Promise<TaskSpec> => {
  const { band, project, namespace, name, pool, security, cwd, id, key } = flags;
  const timeouts = defined({ attempt: flags.timeout, queue: flags.queueTimeout });
  return {
    ...defined({ band, project, namespace, name, pool, security, cwd, id, idempotencyKey: key }),
    ...(flags.payload !== undefined && { payload: await payloadOf(flags.payload, io) }),
    ...(flags.label && { labels: pairsOf('--label', flags.label) }),
    ...(flags.env && { env: pairsOf('--env', flags.env) }),
    ...(flags.after && { dependsOn: flags.after.map(dependencyOf) }),
    ...(flags.join !== undefined && { join: flags.join }),
    ...(flags.validate && { validate: [...flags.validate] }),
    ...(flags.retries !== undefined && { retry: { max: flags.retries } }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
  };
};

/**
 * The type or the command. One word after `--` is a line for the shell; several are a program and its arguments, which no
 * shell sees.
 */
export const workOf = (type: string | undefined, words: readonly string[] | undefined): TaskSpec => {
  if (words === undefined) {
    if (type !== undefined) return { type };
    throw new UsageError('no type and no command is given; a type, or a command after --, is expected');
  }
  const [command, ...args] = words;
  if (command === undefined) throw new UsageError('no command follows the --');
  return { ...(type !== undefined && { type }), command, ...(args.length > 0 && { args }) };
};

const payloadOf = async (
  flag: string,
  { stdin, cwd }: Pick<Io, 'stdin' | 'cwd'>,
): Promise<TaskSpec['payload']> => {
  const source = await sourceOf(flag, stdin, cwd);
  return exactJson(source.content, `the payload (${source.name})`) as TaskSpec['payload'];
};

const sourceOf = async (flag: string, stdin: Io['stdin'], cwd: string) => {
  if (flag === '-') return { name: 'stdin', content: inputText(await text(stdin), 'stdin') };
  if (!flag.startsWith('@')) return { name: '--payload', content: flag };
  const file = flag.slice(1);
  return { name: file, content: readInput(path.resolve(cwd, file)) };
};

const pairsOf = (flag: string, pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const match = /^([^=]+)=(.*)$/s.exec(pair);
      if (match) return [match[1] ?? '', match[2] ?? ''];
      throw new UsageError(`${flag} is ${pair}; name=value is expected`);
    }),
  );
