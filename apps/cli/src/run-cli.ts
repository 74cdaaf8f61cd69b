import { CommanderError } from 'commander';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { USAGE_EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { report } from './problem-text.ts';
import { TAKE_WORDS, buildProgram } from './program.ts';
import type { AddCommands } from './program.ts';
import { UsageError } from './usage-error.ts';

/** Runs one command line and resolves to the exit code. Errors are written to stderr. */
export const runCli = async (
  argv: readonly string[],
  io: Io,
  dial: Cli['connect'] = connectLazily,
): Promise<number> => {
  const { own, words } = splitWords(argv);
  const cli: Cli = { io, connect: dial, words, exit: 0 };
  const json = own.includes('--json');
  const program = buildProgram(cli, await commandsFor(own));
  try {
    await program.parseAsync(own, { from: 'user' });
    return cli.exit;
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, { io, json, chosen: chosenOf(program, own) });
    return report(error, io, json);
  }
};

/** `up` stays for weeks, and connects to no server of its own: it keeps no SDK in memory. */
const connectLazily: Cli['connect'] = async (options) => (await import('@precedent/client')).connect(options);

/** For the same reason, `up` loads none of the other commands. */
const commandsFor = async ([first]: readonly string[]): Promise<AddCommands> =>
  first === 'up'
    ? (await import('./commands/up.ts')).addUp
    : (await import('./all-commands.ts')).addAllCommands;

/** What follows the first `--` is another program's command line, and no flag in it is ours. */
const splitWords = (argv: readonly string[]): { own: string[]; words: string[] | undefined } => {
  const at = argv.indexOf('--');
  return at < 0
    ? { own: [...argv], words: undefined }
    : { own: argv.slice(0, at), words: argv.slice(at + 1) };
};

interface Usage {
  readonly io: Io;
  readonly json: boolean;
  /** The commands that the line names, a group before its own. */
  readonly chosen: readonly [Command, ...Command[]];
}

/** Commander throws also to end after `--help`. */
const usage = (error: CommanderError, { io, json, chosen }: Usage): number => {
  if (error.exitCode === 0) return 0;
  const mistake = usageError(error);
  const page = chosen.slice(1).map((command) => ` ${command.name()}`);
  if (json) report(mistake, io, json);
  else if (error.code === COMMAND_MISSING) io.err(chosen.at(-1)?.helpInformation() ?? '');
  else io.err(`error ${mistake.code}: ${mistake.message}\n  ${adviceOf(error, page.join(''))}\n`);
  return USAGE_EXIT;
};

/** The commonest mistake of all is a command without the -- before it. */
const adviceOf = ({ code }: CommanderError, page: string): string =>
  code === 'commander.excessArguments' && TAKE_WORDS.some((name) => page === ` ${name}`)
    ? `A command goes after --: \`precedent${page} -- <command>\`.`
    : `\`precedent help${page}\` shows what there is.`;

const chosenOf = (program: Command, words: readonly string[]): [Command, ...Command[]] => {
  for (const [at, word] of words.entries()) {
    const command = program.commands.find((one) => one.name() === word);
    if (command) return [program, ...chosenOf(command, words.slice(at + 1))];
  }
  return [program];
};

/** The code of commander for a group without one of its commands. */
const COMMAND_MISSING = 'commander.help';

const usageError = ({ code, message }: CommanderError): UsageError => {
  const fact = message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new UsageError(code === COMMAND_MISSING ? 'a command is expected' : fact);
};
