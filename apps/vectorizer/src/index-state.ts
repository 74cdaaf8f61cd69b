import { renameSync, rmSync } from 'node:fs';
import { isAppError } from '@precedent/kernel';
import type { IndexState } from '@precedent/ports';
import { sqliteIndexState } from '@precedent/sqlite';

export interface StatePlace {
  /** `:memory:`: it ends with the process. */
  readonly file: string;
  /** The index is new: what is remembered belongs to another one. */
  readonly isNew: boolean;
  readonly say: (line: string) => void;
}

/**
 * What the indexer remembers. A file that is damaged is put aside: everything that the journal still holds is then read again, which
 * changes nothing that is indexed already.
 */
export const openIndexState = ({ file, isNew, say }: StatePlace): IndexState => {
  const state = readable(file, say);
  if (isNew) state.save({ journal: 0, notes: 0, drop: [...state.open().keys()] });
  return state;
};

const readable = (file: string, say: StatePlace['say']): IndexState => {
  try {
    return sqliteIndexState(file);
  } catch (error) {
    if (!isAppError(error) || error.code !== 'JOURNAL_CORRUPT') throw error;
    say(`${error.message}: it is put aside as ${file}.damaged, and the journal is read again`);
    renameSync(file, `${file}.damaged`);
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    return sqliteIndexState(file);
  }
};
