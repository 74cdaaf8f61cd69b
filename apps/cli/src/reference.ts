import type { Argument, Command, Option } from 'commander';
import { RUN_EXIT_TEXT, exitRows } from './exit-codes.ts';
import { screenOf } from './terminal/screen.ts';
import { addAllCommands } from './all-commands.ts';
import { buildProgram } from './program.ts';

const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [headings, headings.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const code = (text: string): string => `\`${text}\``;

/** The body of the reference page of the command line, in Markdown, from the program itself: sections without a title. */
export const cliReference = (): string => {
  const silent = () => {
    throw new Error('the reference runs no command');
  };
  const program = buildProgram(
    { io: REFERENCE_IO, connect: silent, words: undefined, exit: 0 },
    addAllCommands,
  );
  const parts = program.commands.flatMap((command) => sectionsOf(command, 'precedent'));
  const exits = exitRows().map(({ exit, meaning }) => [String(exit), meaning]);
  return [...parts, '## Exit codes', table(['exit', 'what it means'], exits), RUN_EXIT_TEXT].join('\n\n');
};

const NOWHERE = screenOf({ write: () => undefined }, {});

const REFERENCE_IO = {
  env: {},
  cwd: '/',
  stdin: (async function* () {})(),
  stdout: NOWHERE,
  stderr: NOWHERE,
  out: () => undefined,
  err: () => undefined,
  now: () => 0,
  onKeys: () => () => undefined,
  onStopSignals: () => () => undefined,
};

/** Of a command, or of each of a group. */
const sectionsOf = (command: Command, before: string): string[] => {
  const name = `${before} ${command.name()}`;
  // A group that does something by itself has flags.
  const own = command.commands.length === 0 || command.options.length > 0;
  return [
    ...(own ? commandSection(command, name) : []),
    ...command.commands.flatMap((inner) => sectionsOf(inner, name)),
  ];
};

const commandSection = (command: Command, name: string): string[] => [
  `## ${code(name)}`,
  `${capital(command.description())}.`,
  `\`\`\`text\n${name} ${command.usage()}\n\`\`\``,
  ...rowsOf('argument', command.registeredArguments, argumentRow),
  ...rowsOf('flag', command.options, optionRow),
];

const rowsOf = <T>(heading: string, items: readonly T[], row: (item: T) => string[]): string[] =>
  items.length === 0 ? [] : [table([heading, 'what it is'], items.map(row))];

const argumentRow = (argument: Argument): string[] => [code(argument.name()), argument.description];

const optionRow = (option: Option): string[] => {
  const choices = option.argChoices ? `: ${option.argChoices.join(', ')}` : '';
  return [code(option.flags), conditionOf(option) + option.description + choices];
};

/** The heading of options that say something only sometimes. */
const conditionOf = ({ helpGroupHeading: heading = '' }: Option): string =>
  heading.startsWith('With') ? `${heading.toLowerCase()} ` : '';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
