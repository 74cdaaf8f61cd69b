import { AppError, nearest } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { exitCodesText } from '../exit-codes.ts';

/** Pages that are no command's. */
const TOPICS: Readonly<Record<string, () => string>> = { 'exit-codes': exitCodesText };

export const addHelp = (program: Command, cli: Cli): void => {
  program
    .command('help')
    .description(`show help of a command, or on a topic: ${Object.keys(TOPICS).join(', ')}`)
    .argument('[topic]', 'a command or a topic')
    .action((topic?: string) => cli.io.out(helpOn(program, topic)));
};

const helpOn = (program: Command, topic: string | undefined): string => {
  if (topic === undefined) return program.helpInformation();
  const page = Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
  if (page) return page();
  const command = program.commands.find((one) => one.name() === topic);
  if (command) return command.helpInformation();
  const near = nearest(topic, [...program.commands.map((one) => one.name()), ...Object.keys(TOPICS)]);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw new AppError('INVALID_REQUEST', `there is no help on ${topic}${hint}`);
};
