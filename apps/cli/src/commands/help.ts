import { nearest } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { exitCodesText } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';

/** Pages that are no command's. */
const TOPICS: Readonly<Record<string, () => string>> = { 'exit-codes': exitCodesText };

export const addHelp = (program: Command, cli: Cli): void => {
  program
    .command('help')
    .description(`show help of a command, or on a topic: ${Object.keys(TOPICS).join(', ')}`)
    .argument('[topic...]', 'a command, one of a group, or a topic')
    .action((topic: readonly string[]) => cli.io.out(helpOn(program, topic)));
};

const helpOn = (program: Command, topic: readonly string[]): string => {
  const [name = '', ...more] = topic;
  const page = more.length === 0 && Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
  return page ? page() : commandOf(program, topic).helpInformation();
};

const commandOf = (group: Command, [name, ...more]: readonly string[]): Command => {
  if (name === undefined) return group;
  const command = group.commands.find((one) => one.name() === name);
  if (command) return commandOf(command, more);
  const names = group.commands.map((one) => one.name());
  const near = nearest(name, group.parent ? names : [...names, ...Object.keys(TOPICS)]);
  const hint = near === undefined ? '; `precedent help` shows what there is' : `; did you mean ${near}?`;
  throw new UsageError(`there is no help on ${name}${hint}`);
};
