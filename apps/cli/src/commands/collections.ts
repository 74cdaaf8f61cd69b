import type { CollectionsReply } from '@precedent/contracts';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withClient, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Page } from '../terminal/table.ts';

interface CollectionsFlags extends CommonFlags {
  readonly namespace?: string;
}

export const addCollections = (program: Command, cli: Cli): void => {
  const command = program
    .command('collections')
    .description('list the collections of documents, and their size')
    .option('--namespace <name>', 'the namespace (of the configuration)');
  withCommonFlags(command).action(async (flags: CollectionsFlags) => {
    const namespace = flags.namespace ?? configOf(cli, flags).namespace;
    const reply = await withClient(cli, flags, (client) => client.search.collections({ namespace }));
    cli.io.out(flags.json ? jsonText(reply) : collectionsText(reply, pageOf(cli.io)));
  });
};

const collectionsText = ({ collections }: CollectionsReply, page: Page): string => {
  if (collections.length === 0)
    return 'no collections: `precedent ingest <folder> --collection <name>` makes one\n';
  const rows = collections.map(({ name, points, semantic }) => [
    name,
    String(points),
    semantic ? 'meaning' : 'words',
  ]);
  return tableText([{ heading: 'collection', min: 20 }, 'points', 'searched by'], rows, page);
};
