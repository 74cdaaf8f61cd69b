import { Command } from 'commander';
import type { OptionValues } from 'commander';
import type { Cli } from './cli.ts';
import { withCommonFlags } from './cli.ts';
import { VERSION } from '@precedent/processes';
import { UsageError } from './usage-error.ts';

/** Those that take words after `--`. */
export const TAKE_WORDS = ['submit', 'run', 'preempt', 'predict', 'recommend'];

/** Adds commands to the program. */
export type AddCommands = (program: Command, cli: Cli) => void;

/** The command line as commander knows it, with these commands. It never ends the process: what it would exit with is thrown. */
export const buildProgram = (cli: Cli, addCommands: AddCommands): Command => {
  const program = new Command('precedent')
    .description('A task engine that knows what is urgent and remembers what happened.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    // Flags after the name of a command are the command's, so that a benchmark gets all of its own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: cli.io.out, writeErr: () => undefined });
  withCommonFlags(program).hook('preAction', (_, command) => {
    for (let above = command.parent; above; above = above.parent) passOn(above.opts(), command);
    if (cli.words === undefined || TAKE_WORDS.includes(command.name())) return;
    throw new UsageError(`${command.name()} takes no command after --`);
  });
  addCommands(program, cli);
  return program;
};

/** A common flag may also stand before the name of the command. */
const passOn = (flags: OptionValues, command: Command): void => {
  for (const [name, value] of Object.entries(flags)) {
    if (command.getOptionValue(name) === undefined) command.setOptionValue(name, value);
  }
};
