import type { DefinitionClient, DefinitionSpecs } from '@precedent/client';
import type { DefinitionView } from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import type { Client } from '@precedent/client';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { wholeNumber, withClient, withNamespaceFlag } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { definitionText, definitionsText } from './definition-text.ts';

export interface PlaceFlags extends CommonFlags {
  readonly namespace?: string;
}

interface ExpectFlags extends PlaceFlags {
  readonly expect?: number;
}

/** A kind of definition at the command line. */
export interface DefinitionCommands<K extends keyof DefinitionSpecs> {
  /** "project" */
  readonly noun: K;
  readonly client: (client: Client) => DefinitionClient<K>;
  /** A spec in one line. */
  readonly summary: (spec: DefinitionSpecs[K]) => string;
}

const REVISIONS = [0, Number.MAX_SAFE_INTEGER] as const;

export const withExpectFlag = (command: Command): Command =>
  command.option(
    '--expect <revision>',
    'only if it has this revision; 0: only if there is none',
    wholeNumber('--expect', REVISIONS),
  );

/** Adds `list`, `show` and `delete`. */
export const addDefinitionCommands = <K extends keyof DefinitionSpecs>(
  group: Command,
  cli: Cli,
  { noun, client, summary }: DefinitionCommands<K>,
): void => {
  const list = group.command('list').description(`list each ${noun}`);
  withNamespaceFlag(list).action(async ({ namespace, ...flags }: PlaceFlags) => {
    const items = await withClient(cli, { ...flags, ...defined({ namespace }) }, (opened) =>
      allOf(client(opened), namespace),
    );
    const format = { page: pageOf(cli.io), now: cli.io.now(), summary };
    cli.io.out(flags.json ? jsonText(items) : definitionsText(items, format));
  });
  const show = group.command('show').argument('<name>').description(`show a ${noun}`);
  withNamespaceFlag(show).action(async (name: string, flags: PlaceFlags) =>
    printDefinition(
      cli,
      flags,
      await withClient(cli, flags, (opened) => client(opened).get(name, flags.namespace)),
    ),
  );
  const remove = withExpectFlag(group.command('delete').argument('<name>').description(`delete a ${noun}`));
  withNamespaceFlag(remove).action(async (name: string, flags: ExpectFlags) => {
    const { namespace, expect } = flags;
    const gone = await withClient(cli, flags, (opened) =>
      client(opened).delete(name, defined({ namespace, expect })),
    );
    cli.io.out(flags.json ? jsonText(gone) : `${noun} ${name} is deleted\n`);
  });
};

/** Follows the pages. */
const allOf = async <K extends keyof DefinitionSpecs>(
  client: DefinitionClient<K>,
  namespace: string | undefined,
): Promise<readonly DefinitionView<DefinitionSpecs[K]>[]> => {
  const items: DefinitionView<DefinitionSpecs[K]>[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.list(defined({ namespace, cursor }));
    items.push(...page.items);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return items;
};

export const printDefinition = (cli: Cli, flags: CommonFlags, item: DefinitionView<object>): void =>
  cli.io.out(flags.json ? jsonText(item) : definitionText(item, cli.io.now()));
