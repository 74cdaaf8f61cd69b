import { connect } from '@precedent/client';
import { AppError } from '@precedent/kernel';
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { USAGE_EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { report } from './problem-text.ts';
import { buildProgram } from './program.ts';

/** Runs one command line and resolves to the exit code. Errors are told on stderr. */
export const runCli = async (
  argv: readonly string[],
  io: Io,
  dial: Cli['connect'] = connect,
): Promise<number> => {
  const { own, words } = splitWords(argv);
  const cli: Cli = { io, connect: dial, words, exit: 0 };
  const json = own.includes('--json');
  const program = buildProgram(cli);
  try {
    await program.parseAsync(own, { from: 'user' });
    return cli.exit;
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, { io, program, json });
    return report(error, io, json);
  }
};

/** What follows the first `--` is another program's command line, and no flag in it is ours. */
const splitWords = (argv: readonly string[]): { own: string[]; words: string[] | undefined } => {
  const at = argv.indexOf('--');
  return at < 0
    ? { own: [...argv], words: undefined }
    : { own: argv.slice(0, at), words: argv.slice(at + 1) };
};

/** Commander throws also to end after `--help`. */
const usage = (error: CommanderError, { io, program, json }: Usage): number => {
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') io.err(program.helpInformation());
  else if (json) report(usageError(error), io, json);
  else
    io.err(
      `error ${usageError(error).code}: ${usageError(error).message}\n  \`precedent help\` shows what there is.\n`,
    );
  return USAGE_EXIT;
};

interface Usage {
  readonly io: Io;
  readonly program: Command;
  readonly json: boolean;
}

const usageError = ({ message }: CommanderError): AppError =>
  new AppError('INVALID_REQUEST', message.replace(/^error: /, '').replaceAll('\n', ' '));
