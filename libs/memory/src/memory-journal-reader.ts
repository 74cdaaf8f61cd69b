import { AppError } from '@precedent/kernel';
import type { JournalReader, LogEntry } from '@precedent/ports';
import type { MemoryStorage } from './memory-storage.ts';

/** A reader of a memory log. With a `name` the storage remembers its position, and purges no entry that the reader has not passed. */
export const memoryJournalReader = (storage: MemoryStorage, name?: string): JournalReader => {
  let isClosed = false;
  let wake = Promise.withResolvers<void>();
  const wakeUp = (): void => wake.resolve();
  const protect = (passed: number): void => {
    if (name !== undefined) storage.protect(name, passed);
  };
  return {
    async *batches(after, max) {
      const unsubscribe = storage.onLanded(wakeUp);
      protect(after);
      check(storage, after);
      try {
        for (let at = after; !isClosed;) {
          const entries = behind(storage, at, max);
          at = entries.at(-1)?.seq ?? at;
          if (entries.length > 0) yield entries;
          else {
            await wake.promise;
            wake = Promise.withResolvers();
          }
        }
      } finally {
        unsubscribe();
      }
    },
    passed: (seq) => Promise.resolve(protect(seq)),
    last: () => Promise.resolve(storage.last),
    close: () => {
      isClosed = true;
      return Promise.resolve(wakeUp());
    },
  };
};

const check = ({ last, entries }: MemoryStorage, after: number): void => {
  const first = entries[0]?.seq ?? last + 1;
  if (first > after + 1) throw gap(after, `the first one that is kept is ${first}`, first);
  if (last < after) throw gap(after, `the last one is ${last}: it is another journal`);
};

const behind = ({ entries }: MemoryStorage, at: number, max: number): readonly LogEntry[] => {
  const [first] = entries;
  if (first === undefined) return [];
  if (first.seq > at + 1) throw gap(at, `the next one that is kept is ${first.seq}`, first.seq);
  const from = at + 1 - first.seq;
  return entries.slice(from, from + max);
};

const gap = (after: number, fact: string, first?: number): AppError =>
  new AppError('JOURNAL_GAP', `journal entries after ${after} are requested, ${fact}`, {
    details: { after, ...(first !== undefined && { first }) },
  });
