import type { Client } from '@precedent/client';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { withClient, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { statusText } from '../status-text.ts';
import type { CellStatus } from '../status-text.ts';

export const addStatus = (program: Command, cli: Cli): void => {
  const command = program
    .command('status')
    .description('show the engine, its bands and its workers, and the lag of history and search');
  withCommonFlags(command).action(async (flags: CommonFlags) => {
    const status = await withClient(cli, flags, statusOf);
    cli.io.out(flags.json ? jsonText(status) : statusText(status, pageOf(cli.io)));
  });
};

/** History and search are included when they answer. */
const statusOf = async (client: Client): Promise<CellStatus> => {
  const [engine, history, search] = await Promise.all([
    client.status(),
    ifThere(() => client.history.status()),
    ifThere(() => client.search.status()),
  ]);
  return { ...engine, ...(history && { history }), ...(search && { search }) };
};

const ifThere = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await ask();
  } catch {
    return undefined;
  }
};
