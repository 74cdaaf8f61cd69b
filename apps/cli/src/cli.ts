import path from 'node:path';
import type { Client, ConnectOptions } from '@precedent/client';
import type { Config } from '@precedent/config';
import { loadConfig } from '@precedent/config';
import type { Command, Option } from 'commander';
import { readInput } from './input-text.ts';
import type { Io } from './io.ts';
import { clientOptions } from './stored-credential.ts';
import { UsageError } from './usage-error.ts';

/** What every command works with. */
export interface Cli {
  readonly io: Io;
  readonly connect: (options: ConnectOptions) => Promise<Client>;
  /** The words after `--`; `undefined` when there was no `--`. */
  readonly words: readonly string[] | undefined;
  /** What the process exits with; 0 unless a command says otherwise. */
  exit: number;
}

/** Flags that every command knows. */
export interface CommonFlags {
  readonly url?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly root?: string;
  readonly cell?: string;
}

/** Gives a command the flags that every command knows. */
export const withCommonFlags = (command: Command): Command =>
  command
    .optionsGroup('Common options:')
    .option('-u, --url <url>', 'address of the NATS server')
    .option('--config <file>', 'configuration file (precedent.yaml of this folder, where there is one)')
    .option('--root <root>', 'first tokens of every subject')
    .option('--cell <cell>', 'the cell')
    .option('--json', 'JSON: one document, or one line for each item of a stream');

/** The configuration under the flags of this call. `more` are the flags of one command, by key. */
export const configOf = (
  { io }: Pick<Cli, 'io'>,
  flags: CommonFlags,
  more: Readonly<Record<string, unknown>> = {},
): Config =>
  loadConfig({
    cwd: io.cwd,
    env: io.env,
    ...(flags.config !== undefined && { file: flags.config }),
    overrides: { 'nats.url': flags.url, root: flags.root, cell: flags.cell, ...more },
  });

/** For a command that an admin of one namespace may use. */
export const withNamespaceFlag = (command: Command): Command =>
  withCommonFlags(
    command.option('--namespace <namespace>', 'as an admin of this namespace (the configured one)'),
  );

/** The namespace that a command was given: with a key its requests are made there. */
const namespaceIn = (flags: object): { readonly namespace?: string } =>
  'namespace' in flags && typeof flags.namespace === 'string' ? { namespace: flags.namespace } : {};

/** For a command that submits tasks. */
export const withSigningFlag = (command: Command): Command =>
  command.option('--sign-with <file>', 'sign with this private key: Ed25519 as PEM (see signers add)');

const signingIn = ({ cwd }: Io, flags: object): Pick<ConnectOptions, 'signingKey'> =>
  'signWith' in flags && typeof flags.signWith === 'string'
    ? { signingKey: readInput(path.resolve(cwd, flags.signWith)) }
    : {};

/** Runs `use` with a connected client, which is closed afterwards whatever happens. */
export const withClient = async <T>(
  cli: Pick<Cli, 'io' | 'connect'>,
  flags: CommonFlags,
  use: (client: Client) => Promise<T>,
): Promise<T> => {
  const options = await clientOptions(configOf(cli, flags), cli.io.env);
  const client = await cli.connect({ ...options, ...namespaceIn(flags), ...signingIn(cli.io, flags) });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
};

/** The options that `add` gives a command. */
export const optionsAdded = (command: Command, add: () => void): readonly Option[] => {
  const before = command.options.length;
  add();
  return command.options.slice(before);
};

/** Refuses an option that somebody gave though it says nothing here: INVALID_REQUEST. */
export const refuseGiven = (command: Command, options: readonly Option[], why: string): void => {
  const given = options.find((one) => command.getOptionValueSource(one.attributeName()) === 'cli');
  if (given !== undefined) throw new UsageError(`${given.long} ${why}`);
};

/** A whole number from a flag, within its limits. */
export const wholeNumber =
  (name: string, [min, max]: readonly [number, number]) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new UsageError(`${name} is ${text}; a whole number from ${min} to ${max} is expected`);
  };

/** Gathers a flag that may be repeated, or hold several values with commas. */
export const gathered = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').filter((part) => part !== ''),
];
