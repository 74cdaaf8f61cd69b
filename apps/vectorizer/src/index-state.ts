import { renameSync, rmSync } from 'node:fs';
import { isAppError } from '@precedent/kernel';
import type { IndexState } from '@precedent/ports';
import { sqliteIndexState } from '@precedent/sqlite';

export interface IndexStateOptions {
  /** `:memory:` is a state that does not outlive the process. */
  readonly file: string;
  /** The index is new, so a stored state belongs to another index. */
  readonly isNew: boolean;
  readonly say: (line: string) => void;
}

/**
 * Opens the state of the indexer. A damaged file is renamed, and the journal is read again from its beginning, which changes nothing that
 * is indexed already.
 */
export const openIndexState = ({ file, isNew, say }: IndexStateOptions): IndexState => {
  const state = openOrReplace(file, say);
  const nothing = { drop: [...state.open().keys()], expired: Number.MAX_SAFE_INTEGER };
  if (isNew) state.save({ journal: 0, notes: 0, ...nothing });
  return state;
};

const openOrReplace = (file: string, say: IndexStateOptions['say']): IndexState => {
  try {
    return sqliteIndexState(file);
  } catch (error) {
    if (!isAppError(error) || error.code !== 'JOURNAL_CORRUPT') throw error;
    say(`${error.message}: it is put aside as ${file}.damaged, and the journal is read again`);
    renameSync(file, `${file}.damaged`);
    for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return sqliteIndexState(file);
  }
};
