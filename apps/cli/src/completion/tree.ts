import type { Command, Option } from 'commander';

/** A flag as a shell completes it. */
export interface Flag {
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  /** Whether a value follows, and which ones there are; none: any. */
  readonly takesValue: boolean;
  readonly values: readonly string[];
  /** The value is a file or a folder. */
  readonly isPath: boolean;
}

/** A command, or a group of commands, by the words that name it: empty for the program. */
export interface Node {
  readonly words: readonly string[];
  readonly description: string;
  readonly commands: readonly Node[];
  readonly flags: readonly Flag[];
  /** Words that its first argument may be. */
  readonly values: readonly string[];
}

export const treeOf = (command: Command, words: readonly string[] = []): Node => ({
  words,
  description: command.description(),
  commands: command.commands.map((one) => treeOf(one, [...words, one.name()])),
  flags: [...command.options.map(flagOf), HELP],
  values: command.registeredArguments[0]?.argChoices ?? [],
});

/** All nodes, each before those below it. */
export const nodesOf = (node: Node): readonly Node[] => [node, ...node.commands.flatMap(nodesOf)];

const HELP: Flag = {
  long: '--help',
  short: '-h',
  description: 'show help',
  takesValue: false,
  values: [],
  isPath: false,
};

const flagOf = (option: Option): Flag => ({
  long: option.long ?? '',
  short: option.short,
  description: option.description,
  takesValue: option.required || option.optional,
  values: option.argChoices ?? listedIn(option.description),
  isPath: /<(file|folder)>/.test(option.flags),
});

/** A flag that takes several values names them in its description. */
const listedIn = (description: string): readonly string[] =>
  /with commas: (.+)$/.exec(description)?.[1]?.split(', ') ?? [];
