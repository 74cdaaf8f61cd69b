import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ACCOUNTS } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';

/** The account of a server that has none of ours. */
const OPEN_ACCOUNT = '$G';

export interface StoreUse {
  /** Whether the server will require credentials. */
  readonly isClosed: boolean;
  /** The server derives the keys of an encrypted store from the names of accounts: such a store cannot be moved. */
  readonly isEncrypted: boolean;
}

/**
 * Moves the streams of a stopped server to the account that it will have them in: JetStream has a folder for each account, so that
 * otherwise all tasks would be gone when credentials become required, and when they no longer are. Throws INVALID_CONFIG where it cannot.
 */
export const moveStreams = (store: string, { isClosed, isEncrypted }: StoreUse): void => {
  const folderOf = (account: string): string => path.join(store, 'jetstream', account);
  const [from, to] = isClosed ? [OPEN_ACCOUNT, ACCOUNTS.cell] : [ACCOUNTS.cell, OPEN_ACCOUNT];
  if (!hasStreams(folderOf(from)) || hasStreams(folderOf(to))) return;
  if (isEncrypted)
    throw new AppError(
      'INVALID_CONFIG',
      `the encrypted store was made with access.required: ${!isClosed}, and cannot be used with ${isClosed}: restore a backup into a new data folder`,
    );
  rmSync(folderOf(to), { recursive: true, force: true });
  renameSync(folderOf(from), folderOf(to));
};

const hasStreams = (folder: string): boolean => {
  const streams = path.join(folder, 'streams');
  return existsSync(streams) && readdirSync(streams).length > 0;
};
