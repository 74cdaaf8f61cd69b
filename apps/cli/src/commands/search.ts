import { SEARCH_OUTCOMES } from '@precedent/contracts';
import { DOCUMENT_KINDS, PARSED_FILTERS } from '@precedent/contract-types';
import type { ParsedFilter } from '@precedent/contract-types';
import type { SearchFilters } from '@precedent/contracts';
import { BANDS } from '@precedent/kernel';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, optionsAdded, refuseGiven, wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { timeArgument } from '../time-argument.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { documentsText } from './search-documents.ts';
import { searchText } from './search-text.ts';

interface SearchFlags extends CommonFlags {
  readonly namespace?: string;
  readonly collection?: string;
  readonly project?: string;
  readonly type?: string;
  readonly kind?: string;
  readonly outcome?: string;
  readonly band?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly semantic: boolean;
  readonly parse: boolean;
  readonly ignoreFilter?: readonly ParsedFilter[];
}

export const addSearch = (program: Command, cli: Cli): void => {
  const command = program
    .command('search')
    .description('search the semantic history, or the documents of a collection, by meaning and by words')
    .argument('<query...>', 'what to look for; "failed deployments last week" sets filters by itself')
    .option('--namespace <name>', 'the namespace (of the configuration)')
    .option('--collection <name>', 'documents of this collection, instead of the semantic history')
    .option('--limit <n>', 'at most so many (10)', wholeNumber('--limit', [1, 50]))
    .option('--no-semantic', 'by words only');
  const ofHistory = optionsAdded(command, () => addFilters(command.optionsGroup('Without a collection:')));
  withCommonFlags(command).action(async (words: readonly string[], flags: SearchFlags) => {
    const query = words.join(' ');
    if (flags.collection === undefined) return searchHistory(cli, query, flags);
    refuseGiven(command, ofHistory, 'belongs to what happened: a search in a collection does not take it');
    await searchDocuments(cli, query, { ...flags, collection: flags.collection });
  });
};

const addFilters = (command: Command): Command =>
  command
    .option('--project <name>', 'only of this project')
    .option('--type <type>', 'only of this type of task')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(DOCUMENT_KINDS))
    .addOption(new Option('--outcome <outcome>', 'only what ended so').choices(SEARCH_OUTCOMES))
    .addOption(new Option('--band <band>', 'only of this band').choices(BANDS))
    .option('--since <time>', 'not older: an age such as "7d", or a date')
    .option('--until <time>', 'older: an age such as "1d", or a date')
    .option('--no-parse', 'read no filters out of the query')
    .addOption(
      new Option('--ignore-filter <name...>', 'do not read this filter out of the query').choices(
        PARSED_FILTERS,
      ),
    );

const searchHistory = async (cli: Cli, query: string, flags: SearchFlags): Promise<void> => {
  const filters = filtersOf(flags, cli.io.now());
  const ignoreFilters = flags.ignoreFilter && { ignoreFilters: [...flags.ignoreFilter] };
  const options = { ...commonOptions(cli, flags), filters, parse: flags.parse, ...ignoreFilters };
  const reply = await withClient(cli, flags, (client) => client.search.find(query, options));
  cli.io.out(flags.json ? jsonText(reply) : searchText(reply, pageOf(cli.io)));
};

const searchDocuments = async (
  cli: Cli,
  query: string,
  { collection, ...flags }: SearchFlags & { readonly collection: string },
): Promise<void> => {
  const options = { ...commonOptions(cli, flags), collection };
  const reply = await withClient(cli, flags, (client) => client.search.documents(query, options));
  cli.io.out(flags.json ? jsonText(reply) : documentsText(reply, pageOf(cli.io)));
};

const commonOptions = (cli: Cli, { namespace, semantic, limit, ...flags }: SearchFlags) => ({
  namespace: namespace ?? configOf(cli, flags).namespace,
  semantic,
  ...(limit !== undefined && { limit }),
});

const WORDS = ['project', 'type', 'kind', 'outcome', 'band'] as const;

const filtersOf = (flags: SearchFlags, now: number): SearchFilters => {
  const words = WORDS.flatMap((field) =>
    flags[field] === undefined ? [] : [[field, flags[field]] as const],
  );
  const times = (['since', 'until'] as const).flatMap((field) =>
    flags[field] === undefined ? [] : [[field, timeArgument(`--${field}`, flags[field], now)] as const],
  );
  return Object.fromEntries([...words, ...times]) as SearchFilters;
};
